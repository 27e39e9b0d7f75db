import { Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { isAddress, Networks } from '../../access/networks.js';
import { ActiveKeys } from '../active-keys.js';
import { networkOf } from '../address-limits.js';
import { SlidingWindow, wholeMs } from '../sliding-window.js';
import { ThrottlingSettings } from '../throttling.settings.js';
import { IpBlocks } from './ip-blocks.js';

/** Many programs in one, the operator's among them. */
const loopback = new Networks(['loopback']);
/** Of an IPv6 address, what one client has at least. */
const IPV6_CLIENT_BITS = 64;

/** Blocks addresses that go on presenting bad credentials. */
@Injectable()
export class AutomaticBlocks {
  private readonly failures: ActiveKeys<SlidingWindow>;

  constructor(
    private readonly settings: ThrottlingSettings,
    private readonly blocks: IpBlocks,
  ) {
    this.failures = new ActiveKeys(() => new SlidingWindow(settings.blockWindowMs));
  }

  countFailure(address: string): void {
    const { blockAfterAuthFailures: limit, blockWindowMs, blockMs } = this.settings;
    if (limit === 0 || !isAddress(address) || loopback.includes(address)) return;
    const now = wholeMs();
    const window = this.failures.findOrCreate(networkOf(address), now);
    window.add(1, limit, now);
    if (window.used(now) < limit || this.blocks.blockOf(address)) return;
    this.blocks.blockByItself({
      network: clientOf(address),
      reason: `${limit} bad credentials within ${blockWindowMs / 1_000} s`,
      expiresAt: new Date(Date.now() + blockMs),
    });
  }
}

/** The network of the client that has an address; an IPv4 address may come as IPv6 writes it. */
function clientOf(address: string): string {
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : `${address}/${IPV6_CLIENT_BITS}`;
}
