import { Inject, Injectable } from '@nestjs/common';
import { ThrottlerStorage } from '@nestjs/throttler';
import { AddressLimits } from './address-limits.js';
import { IpBlocks } from './blocks/ip-blocks.js';
import { CallLimits } from './call-limits.js';
import { WindowStorage } from './window-storage.js';

/** What the limits have done since the start. */
@Injectable()
export class ThrottlingStatistics {
  constructor(
    private readonly callers: CallLimits,
    private readonly addresses: AddressLimits,
    private readonly blocks: IpBlocks,
    @Inject(ThrottlerStorage) private readonly changes: WindowStorage,
  ) {}

  /** Calls and requests that a limit has refused. */
  get rateLimited(): number {
    return this.callers.refusals + this.addresses.refusals + this.changes.refusals;
  }

  /** Addresses that are slowed now, and blocks that stand. */
  get blockedAddresses(): number {
    return this.addresses.slowedAddresses + this.blocks.size;
  }
}
