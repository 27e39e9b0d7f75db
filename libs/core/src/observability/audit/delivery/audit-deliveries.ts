import { hostname } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HttpClient } from '#libs/outbound';
import { GatewayVersion } from '../../../config/gateway-version.js';
import { Store } from '../../../store/store.js';
import { AuditSettings } from '../audit.settings.js';
import { AuditDelivery } from './audit-delivery.js';
import type { AuditSink, Sender } from './audit-sink.js';
import { OtlpSink } from './otlp-sink.js';
import { SyslogSink } from './syslog-sink.js';
import { WaitingLines } from './waiting-lines.js';

/** The audit on its way to the collectors that the settings name. */
@Injectable()
export class AuditDeliveries implements OnApplicationShutdown {
  readonly all: readonly AuditDelivery[];

  constructor(
    settings: AuditSettings,
    waiting: WaitingLines,
    version: GatewayVersion,
    http: HttpClient,
    private readonly store: Store,
  ) {
    const sender = { host: hostname(), version: version.number };
    this.all = sinksOf(settings, sender, http).map((sink) => new AuditDelivery(sink, waiting));
  }

  /** Begins when the store is up for the first time. */
  start(): void {
    this.store.onReady(() => {
      for (const delivery of this.all) delivery.start();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.all.map((delivery) => delivery.stop()));
  }
}

function sinksOf(settings: AuditSettings, sender: Sender, http: HttpClient): AuditSink[] {
  const { syslog, syslogCaFile, otlpUrl, otlpHeaders } = settings;
  const sinks: AuditSink[] = [];
  if (syslog) sinks.push(new SyslogSink(syslog, sender, syslogCaFile));
  if (otlpUrl !== undefined) sinks.push(new OtlpSink(otlpUrl, otlpHeaders ?? {}, sender, http));
  return sinks;
}
