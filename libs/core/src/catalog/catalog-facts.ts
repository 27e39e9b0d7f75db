import { Injectable } from '@nestjs/common';
import { GatewayFacts, type Caller, type LimitFacts, type ServiceFacts } from '#libs/kit';
import { GatewayVersion } from '../config/gateway-version.js';
import { CallLimits } from '../throttling/call-limits.js';
import { Catalog } from './catalog.js';

/** What services may know of the gateway, through the kit's port. */
@Injectable()
export class CatalogFacts extends GatewayFacts {
  constructor(
    private readonly catalog: Catalog,
    private readonly running: GatewayVersion,
    private readonly callerLimits: CallLimits,
  ) {
    super();
  }

  get version(): string {
    return this.running.number;
  }

  services(caller: Caller): ServiceFacts[] {
    return this.catalog
      .visibleTo(caller)
      .map(({ name, operations, status }) => ({ name, operations: operations.length, ...status() }));
  }

  limits(caller: Caller): LimitFacts[] {
    return this.callerLimits.factsFor(caller);
  }
}
