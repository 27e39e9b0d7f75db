import { Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import type { OperationError, HttpRequest } from '#libs/kit';
import { AccessSettings } from '../access/access.settings.js';
import { originOf } from '../access/request-facts.js';
import { ActiveKeys } from './active-keys.js';
import { limited } from './limited.js';
import { SlidingWindow, wholeMs } from './sliding-window.js';
import { ThrottlingSettings } from './throttling.settings.js';

const MINUTE_MS = 60_000;
/** Parts of an IPv6 address that make a /64, which is the least that one client has. */
const NETWORK_PARTS = 4;
const MAPPED_IPV4 = '::ffff:';

/** Asked by probes, of which nobody wants to lose one. */
const uncounted = new Set(['/health', '/ready']);

/** What is held against an address, whoever calls from it: bad credentials, and requests of any kind. */
@Injectable()
export class AddressLimits {
  private readonly failures = new ActiveKeys(() => new SlidingWindow(MINUTE_MS));
  private readonly requests = new ActiveKeys(() => new SlidingWindow(MINUTE_MS));
  private refused = 0;

  constructor(
    private readonly settings: ThrottlingSettings,
    private readonly access: AccessSettings,
  ) {}

  /** Requests that were refused since the start. */
  get refusals(): number {
    return this.refused;
  }

  /** Addresses that are slowed now. */
  get slowedAddresses(): number {
    const { maxAuthFailuresPerMinute, maxAddressRequestsPerMinute } = this.settings;
    return countFull(this.failures, maxAuthFailuresPerMinute) + countFull(this.requests, maxAddressRequestsPerMinute);
  }

  /** Counts a request against its address; throws `limited` where that has made too many. Loopback is many programs in one. */
  countRequest(request: HttpRequest, path: string): void {
    if (!uncounted.has(path)) this.count(request, 1);
  }

  /** The same for what a batch holds besides its first entry. */
  countMore(request: HttpRequest, entries: number): void {
    if (entries > 0) this.count(request, entries);
  }

  private count(request: HttpRequest, units: number): void {
    const limit = this.settings.maxAddressRequestsPerMinute;
    if (limit === 0) return;
    const { address } = originOf(request, this.access.trustedProxies);
    if (isLoopback(address)) return;
    const now = wholeMs();
    const window = this.requests.findOrCreate(networkOf(address), now);
    const retryAfterMs = window.retryAfterMs(limit, now);
    if (retryAfterMs > 0) {
      this.refused += 1;
      throw limited(
        `This address has made the ${limit} requests that it may in a minute`,
        'addressRequestsPerMinute',
        limit,
        retryAfterMs,
      );
    }
    window.add(units, limit, now);
  }

  /** Counts a bad credential. */
  countFailure(address: string): void {
    const limit = this.settings.maxAuthFailuresPerMinute;
    if (limit === 0) return;
    const now = wholeMs();
    this.failures.findOrCreate(networkOf(address), now).add(1, limit, now);
  }

  /** Whether an address has presented so many bad credentials that none is checked which isn't known to be good. */
  isSlowed(address: string): boolean {
    return this.failures.size > 0 && this.slowedForMs(address) > 0;
  }

  /** What a credential is refused with that isn't checked. */
  slowed(address: string): OperationError {
    this.refused += 1;
    const limit = this.settings.maxAuthFailuresPerMinute;
    const what = `This address has presented ${limit} bad credentials within a minute`;
    return limited(what, 'authFailuresPerMinute', limit, this.slowedForMs(address));
  }

  private slowedForMs(address: string): number {
    const limit = this.settings.maxAuthFailuresPerMinute;
    if (limit === 0) return 0;
    return this.failures.find(networkOf(address))?.retryAfterMs(limit, wholeMs()) ?? 0;
  }
}

function countFull(windows: ActiveKeys<SlidingWindow>, limit: number): number {
  if (limit === 0) return 0;
  const now = wholeMs();
  return [...windows.values()].filter((window) => window.used(now) >= limit).length;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith(`${MAPPED_IPV4}127.`);
}

/** An IPv4 address, or the /64 of an IPv6 one. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  if (!ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return (parsed as ipaddr.IPv6).parts
    .slice(0, NETWORK_PARTS)
    .map((part) => part.toString(16))
    .join(':');
}
