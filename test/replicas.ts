import { SharedRedis } from '#libs/core';
import type { Type } from '@nestjs/common';
import { createDatabase, type TestDatabase } from './database.js';
import { startGateway, type TestGateway } from './gateway.js';

interface ReplicasOptions {
  count?: number;
  /** None: they have nothing but their database in common. */
  redisUrl?: string | undefined;
  env?: Record<string, string>;
  services?: readonly Type[];
}

export interface Replicas {
  readonly all: TestGateway[];
  readonly database: TestDatabase;
  close(): Promise<void>;
}

/** Starts gateways over one database, in this process. */
export async function startReplicas({ count = 2, redisUrl, env = {}, services }: ReplicasOptions): Promise<Replicas> {
  const database = await createDatabase();
  const common = {
    DATABASE_URL: database.url,
    MCP_SECRET_KEY: 'the one secret of all replicas of a test',
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    ...env,
  };
  const starting = Array.from({ length: count }, () => startGateway({ env: common, ...(services && { services }) }));
  const all = await Promise.all(starting);
  return {
    all,
    database,
    close: async () => {
      await Promise.all(all.map((gateway) => gateway.close()));
      await database.drop();
    },
  };
}

/** Whether a gateway counts Redis as there. */
export function redisState({ gateway }: TestGateway): string {
  return gateway.app.get(SharedRedis).status.state;
}

/** Looks again and again until a value fits; fails when it takes too long. */
export async function eventually<T>(look: () => Promise<T> | T, fits: (value: T) => boolean, ms = 20_000): Promise<T> {
  const giveUpAt = performance.now() + ms;
  for (;;) {
    const value = await look();
    if (fits(value)) return value;
    if (performance.now() > giveUpAt) throw new Error(`It stayed ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
