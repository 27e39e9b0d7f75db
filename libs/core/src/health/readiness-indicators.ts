import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorFunction } from '@nestjs/terminus';
import { Catalog } from '../catalog/catalog.js';
import { Store } from '../store/store.js';
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
    private readonly catalog: Catalog,
  ) {}

  all(): HealthIndicatorFunction[] {
    return [
      () => this.lifecycle(),
      () => this.storeState(),
      ...this.catalog.services.map(
        ({ name, status }) =>
          () =>
            this.service(name, status()),
      ),
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

  private service(name: string, told: object) {
    return this.indicators.check(name).up({ ...told });
  }
}
