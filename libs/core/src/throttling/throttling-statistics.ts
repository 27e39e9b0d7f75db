import { Inject, Injectable } from '@nestjs/common';
import { ThrottlerStorage } from '@nestjs/throttler';
import { AddressLimits } from './address-limits.js';
import { CallerLimits } from './caller-limits.js';
import { WindowStorage } from './window-storage.js';

/** What the limits have done since the start. */
@Injectable()
export class ThrottlingStatistics {
  constructor(
    private readonly callers: CallerLimits,
    private readonly addresses: AddressLimits,
    @Inject(ThrottlerStorage) private readonly changes: WindowStorage,
  ) {}

  /** Calls and requests that a limit has refused. */
  get rateLimited(): number {
    return this.callers.refusals + this.addresses.refusals + this.changes.refusals;
  }

  /** Addresses that are slowed now. */
  get blockedAddresses(): number {
    return this.addresses.slowedAddresses;
  }
}
