import { Injectable } from '@nestjs/common';
import { Store } from '../../store/store.js';
import type { TakenCall } from './background-call.js';
import { BackgroundSettings } from './background.settings.js';

/** Which calls in the background run at this gateway, and whether others that are silent are lost. */
@Injectable()
export class CallsHere {
  private readonly running = new Set<TakenCall>();

  constructor(
    private readonly store: Store,
    private readonly settings: BackgroundSettings,
  ) {}

  add(taken: TakenCall): void {
    this.running.add(taken);
  }

  delete(taken: TakenCall): void {
    this.running.delete(taken);
  }

  /** Has `renew` run as soon as the store is there again, before others find the calls silent for too long. */
  onReturn(renew: () => Promise<void>): void {
    this.store.onReady(renew);
  }

  /**
   * Those that are not lost, whatever the store says of their leases: nobody could renew one while the store was away, and
   * what runs here does. Null, as which any may run, until the other gateways have had a lease's time to say so.
   */
  get alive(): string[] | null {
    const otherGatewaysHaveSaid = performance.now() - this.store.readySince >= this.settings.leaseMs;
    return otherGatewaysHaveSaid ? Array.from(this.running, ({ id }) => id) : null;
  }
}
