import { Injectable } from '@nestjs/common';
import { Authenticator } from '../../access/authenticator.js';
import { CallStatistics } from '../../execution/call-statistics.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { ProcessVitals } from '../metrics/process-vitals.js';
import { AlertsSettings } from './alerts.settings.js';
import { LastMinute } from './last-minute.js';
import type { Reading } from './reading.js';

/** A share of fewer calls says nothing. */
const ENOUGH_CALLS = 20;

/** How the gateway itself does. */
@Injectable()
export class GatewayReadings {
  private readonly calls = new LastMinute();
  private readonly errors = new LastMinute();
  private readonly strangers = new LastMinute();

  constructor(
    private readonly settings: AlertsSettings,
    private readonly vitals: ProcessVitals,
    private readonly statistics: CallStatistics,
    private readonly authenticator: Authenticator,
    private readonly audit: AuditTrail,
  ) {}

  /** To be asked each second. */
  take(): Reading[] {
    const { memoryPercent, cpuPercent } = this.vitals.snapshot();
    const settings = this.settings;
    const spool = Math.round(this.audit.spoolUsage * 100);
    const strangers = this.strangers.grown(this.authenticator.failures);
    const errors = this.errorRate();
    const { own, upstreams } = this.statistics.slowest(ENOUGH_CALLS);
    return [
      reading(
        'memory',
        memoryPercent,
        settings.memoryPercent,
        false,
        `The gateway uses ${memoryPercent} % of the memory`,
      ),
      reading('cpu', cpuPercent, settings.cpuPercent, false, `The gateway uses ${cpuPercent} % of a core`),
      reading('error-rate', errors, settings.errorRatePercent, true, `${errors} % of the last minute’s calls failed`),
      reading('latency', own, settings.p95Ms, true, `One in twenty calls takes longer than ${own} ms`),
      reading(
        'upstream-latency',
        upstreams,
        settings.p95Ms,
        true,
        `One in twenty calls of upstreams takes longer than ${upstreams} ms`,
      ),
      reading(
        'auth-failures',
        strangers,
        settings.authFailuresPerMinute,
        true,
        `${strangers} requests of the last minute were not recognised`,
      ),
      reading('audit-spool', spool, settings.spoolPercent, true, `The audit’s spool is ${spool} % full`, 'critical'),
    ];
  }

  private errorRate(): number {
    const { total, failed } = this.statistics.counts();
    const calls = this.calls.grown(total);
    const errors = this.errors.grown(failed);
    return calls < ENOUGH_CALLS ? 0 : Math.round((errors / calls) * 1_000) / 10;
  }
}

function reading(
  rule: string,
  value: number,
  threshold: number,
  atOnce: boolean,
  message: string,
  severity: Reading['severity'] = 'warning',
): Reading {
  return { rule, value, threshold: threshold === 0 ? Infinity : threshold, atOnce, message, severity };
}
