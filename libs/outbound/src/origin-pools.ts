import type { LookupFunction } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import type { IsWanted } from './name-resolver.js';
import { OriginPool } from './origin-pool.js';
import { ProxyRoutes } from './proxy-routes.js';
import type { TargetPolicy } from './target-policy.js';
import { UrlGuard } from './url-guard.js';
import { portOf } from './web-url.js';

const MAX_ORIGINS = 256;
const IDLE_ORIGIN_MS = 60_000;
const SWEEP_MS = 15_000;

/** Keep-alive connections to a bounded number of origins; those not in use are closed after a minute. */
@Injectable()
export class OriginPools implements OnApplicationShutdown {
  // a connection that was made to a named, private origin never serves a request that must stay in public
  private readonly open = new Map<string, OriginPool>();
  private readonly named = new Map<string, OriginPool>();
  /** In whose place others are: the proxy has changed. */
  private readonly retired = new Set<OriginPool>();
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly guard: UrlGuard,
    private readonly routes: ProxyRoutes,
  ) {}

  /** The pool for a URL that the guard has passed. Throws `unavailable` while every place is in use. */
  poolFor(url: URL, policy: TargetPolicy): OriginPool {
    const pools = policy === 'open' ? this.open : this.named;
    const { origin } = url;
    const socketPath = policy === 'open' ? undefined : policy.socketPath;
    const key = socketPath ?? origin;
    const proxy = socketPath === undefined ? this.routes.proxyFor(url) : undefined;
    const known = pools.get(key);
    if (known && known.proxy === proxy) return known;
    if (known) this.retire(known);
    if (this.open.size + this.named.size >= MAX_ORIGINS) this.makeRoom();
    const pool: OriginPool =
      socketPath === undefined
        ? new OriginPool(
            url,
            this.wayTo(url, policy, () => pool.inFlight > 0),
            proxy,
          )
        : new OriginPool(url, { socketPath });
    pools.set(key, pool);
    this.sweeping ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
    return pool;
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.sweeping);
    const pools = [...this.open.values(), ...this.named.values(), ...this.retired];
    this.open.clear();
    this.named.clear();
    this.retired.clear();
    await Promise.all(pools.map((pool) => pool.close()));
  }

  private wayTo(url: URL, policy: TargetPolicy, isWanted: IsWanted): { lookup?: LookupFunction } {
    return policy === 'open' ? { lookup: this.guard.lookup(portOf(url), isWanted) } : {};
  }

  private makeRoom(): void {
    const idle = [this.open, this.named]
      .flatMap((pools) => [...pools].map(([key, pool]) => ({ pools, key, pool })))
      .filter(({ pool }) => pool.inFlight === 0)
      .sort((a, b) => a.pool.lastUsed - b.pool.lastUsed)[0];
    if (!idle) {
      throw new OperationError('unavailable', 'Requests to too many hosts are under way; try again soon', {
        retryable: true,
      });
    }
    idle.pools.delete(idle.key);
    idle.pool.close().catch(() => undefined);
  }

  /** What goes by the proxy of before is let finish. */
  private retire(pool: OriginPool): void {
    this.retired.add(pool);
    this.closeRetired();
  }

  private closeRetired(): void {
    for (const pool of this.retired) {
      if (pool.inFlight > 0) continue;
      this.retired.delete(pool);
      pool.close().catch(() => undefined);
    }
  }

  private sweep(): void {
    this.closeRetired();
    const idleSince = performance.now() - IDLE_ORIGIN_MS;
    for (const pools of [this.open, this.named]) {
      for (const [key, pool] of pools) {
        pool.sweep();
        if (pool.inFlight > 0 || pool.lastUsed > idleSince) continue;
        pools.delete(key);
        pool.close().catch(() => undefined);
      }
    }
  }
}
