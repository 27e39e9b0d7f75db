import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { MetricsHistory } from '../metrics/history/metrics-history.js';
import { ProcessVitals } from '../metrics/process-vitals.js';
import { AlertsSettings } from './alerts.settings.js';
import type { Reading } from './reading.js';

/** A share of fewer calls says nothing. */
const ENOUGH_CALLS = 20;

/** How the gateway itself does. */
@Injectable()
export class GatewayReadings {
  constructor(
    private readonly settings: AlertsSettings,
    private readonly vitals: ProcessVitals,
    private readonly history: MetricsHistory,
    private readonly audit: AuditTrail,
  ) {}

  /** To be asked each second. */
  take(): Reading[] {
    return [...this.vital(), ...this.recent(), this.spool()];
  }

  private vital(): Reading[] {
    const { memoryPercent, cpuPercent } = this.vitals.snapshot();
    const { memoryPercent: memory, cpuPercent: cpu } = this.settings;
    return [
      reading('memory', memoryPercent, memory, false, `The gateway uses ${memoryPercent} % of the memory`),
      reading('cpu', cpuPercent, cpu, false, `The gateway uses ${cpuPercent} % of a core`),
    ];
  }

  /** What the last seconds were like. */
  private recent(): Reading[] {
    const { windowSeconds, errorRatePercent, p95Ms, authFailuresPerMinute } = this.settings;
    const { own, upstreams, authFailures } = this.history.recentSum(windowSeconds);
    const within = `in the last ${windowSeconds} seconds`;
    const calls = own.calls + upstreams.calls;
    const failed = own.error + upstreams.error;
    const errors = calls < ENOUGH_CALLS ? 0 : Math.round((failed / calls) * 1_000) / 10;
    const [slow, slowUpstreams] = [own, upstreams].map(({ calls, p95 }) =>
      calls < ENOUGH_CALLS ? 0 : Math.round(p95),
    );
    const slowly = 'One in twenty calls';
    return [
      reading('error-rate', errors, errorRatePercent, true, `${errors} % of the calls ${within} failed`),
      reading('latency', slow, p95Ms, true, `${slowly} ${within} took longer than ${slow} ms`),
      reading(
        'upstream-latency',
        slowUpstreams,
        p95Ms,
        true,
        `${slowly} of upstreams ${within} took longer than ${slowUpstreams} ms`,
      ),
      reading(
        'auth-failures',
        authFailures,
        authFailuresPerMinute,
        true,
        `${authFailures} requests ${within} were not recognised`,
      ),
    ];
  }

  private spool(): Reading {
    const percent = Math.round(this.audit.spoolUsage * 100);
    const message = `The audit’s spool is ${percent} % full`;
    return reading('audit-spool', percent, this.settings.spoolPercent, true, message, 'critical');
  }
}

function reading(
  rule: string,
  value = 0,
  threshold: number,
  atOnce: boolean,
  message: string,
  severity: Reading['severity'] = 'warning',
): Reading {
  return { rule, value, threshold: threshold === 0 ? Infinity : threshold, atOnce, message, severity };
}
