import { Injectable } from '@nestjs/common';
import { SecretKey } from '../store/secret-key.js';
import { Store } from '../store/store.js';

/**
 * The prefix of all names in the shared Redis: gateways over one database have one, which outlives every secret, and
 * others that use the same Redis have others.
 */
@Injectable()
export class RedisNamespace {
  constructor(
    private readonly store: Store,
    private readonly secretKey: SecretKey,
  ) {}

  /** Resolves as soon as the store can tell. */
  whenKnown(): Promise<string> {
    return new Promise((resolve) => this.store.onReady(async () => resolve(await this.read())));
  }

  /** The first gateway names it. */
  private read(): Promise<string> {
    const proposed = `mcp:${this.secretKey.derive('redis namespace', 8).toString('hex')}:`;
    return this.store.run(async (manager) => {
      await manager.query('INSERT INTO redis_namespace (name) VALUES ($1) ON CONFLICT DO NOTHING', [proposed]);
      const [row] = await manager.query<{ name: string }[]>('SELECT name FROM redis_namespace');
      return row?.name ?? proposed;
    });
  }
}
