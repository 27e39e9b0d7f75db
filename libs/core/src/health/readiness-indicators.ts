import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorFunction } from '@nestjs/terminus';
import { Catalog } from '../catalog/catalog.js';
import { AuditTrail } from '../observability/audit/audit-trail.js';
import { SharedRedis } from '../replicas/shared-redis.js';
import { Store } from '../store/store.js';
import { Upstreams } from '../upstreams/upstream.js';
import { Readiness } from './readiness.js';

/**
 * What `/ready` looks at. Only the gateway's own phase and a store that never came up make it not ready; what goes away
 * later is reported and survived.
 */
@Injectable()
export class ReadinessIndicators {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
    private readonly store: Store,
    private readonly audit: AuditTrail,
    private readonly catalog: Catalog,
    private readonly upstreams: Upstreams,
    private readonly redis: SharedRedis,
  ) {}

  all(): HealthIndicatorFunction[] {
    return [
      () => this.lifecycle(),
      () => this.storeState(),
      () => this.auditState(),
      () => this.replicas(),
      ...this.catalog.services.map(
        ({ name, status }) =>
          () =>
            this.service(name, status()),
      ),
      ...(this.upstreams.sandboxProblem === undefined ? [] : [() => this.sandbox(this.upstreams.sandboxProblem)]),
    ];
  }

  private lifecycle() {
    const check = this.indicators.check('lifecycle');
    const { state } = this.readiness;
    return state === 'serving' ? check.up({ state }) : check.down({ state });
  }

  private storeState() {
    const check = this.indicators.check('store');
    const { state, everReady, reason } = this.store.status();
    const told = { state, ...(reason !== undefined && { reason }) };
    return everReady ? check.up(told) : check.down(told);
  }

  /** Calls are refused while it can't be written; that is told, and heals by itself. */
  private auditState() {
    const { spoolUsage, lagSeconds } = this.audit;
    const state = spoolUsage < 1 ? 'recording' : 'refusing calls';
    return this.indicators.check('audit').up({ state, spoolUsage, lagSeconds });
  }

  /** Each replica goes on by itself while Redis is away. */
  private replicas() {
    const { status } = this.redis;
    return this.indicators.check('replicas').up({ mode: status.state === 'off' ? 'single' : 'shared', redis: status });
  }

  /** Servers run all the same: their operator named them. */
  private sandbox(reason: string | undefined) {
    return this.indicators.check('sandbox').up({ state: 'degraded', reason });
  }

  private service(name: string, told: object) {
    return this.indicators.check(name).up({ ...told });
  }
}
