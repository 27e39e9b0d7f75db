// Every secret that 3 replicas share changed in their files, one replica after the other, under calls: none fails
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ADMIN_KEY, until } from './gateway.js';
import type { FaultRun } from './load/account.js';
import { Cluster, echo } from './load/cluster.js';
import { SessionClient } from './load/session-client.js';

const KEYS = 20;
const SESSIONS = 6;
const PAUSE_MS = 15;
/** From one replica's file to the next one's, as a cluster's volumes follow. */
const APART_MS = 3_000;
/** From the database's new password to the first file that has it: longer than a pool keeps idle connections by default. */
const LATE_MS = 12_000;
const SOON_MS = 20_000;
const GOOD_AGAIN_MS = 3_000;
const NEXT = 'the next password';

const admin = { 'x-mcp-key': ADMIN_KEY };

export default async function fault({ log }: FaultRun): Promise<boolean> {
  const cluster = await Cluster.start({}, 3, 0, true);
  const redis = new Redis(cluster.redis.url);
  const load = new Load(cluster);
  try {
    await load.start();
    const replace = async (name: string, text: string) => {
      for (const file of cluster.parts.files) {
        file.write(name, text);
        await sleep(APART_MS);
      }
    };

    const before = await peppers(cluster);
    await replace('MCP_SECRET_KEY', randomBytes(32).toString('base64url'));
    const isRenewed = async () => {
      const now = await peppers(cluster);
      return now.length === 1 && now[0] !== before[0];
    };
    const renewedMs = await until(isRenewed, SOON_MS);
    log(`MCP_SECRET_KEY: ${load.told}; ${KEYS + 1} keys under the new one ${seconds(renewedMs)} after the last file`);

    await cluster.parts.ask(`ALTER ROLE replica PASSWORD '${NEXT}'`);
    await sleep(LATE_MS);
    await replace('DATABASE_URL', withPassword(cluster.parts.databaseUrl));
    log(`DATABASE_URL, its files ${LATE_MS / 1_000} s late: ${load.told}`);

    await redis.config('SET', 'requirepass', NEXT);
    await replace('REDIS_URL', withPassword(cluster.redis.url));
    log(`REDIS_URL: ${load.told}`);
    const { failed } = load;

    await cluster.parts.ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'replica'`);
    await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await redis.client('KILL', 'TYPE', 'pubsub');
    const againMs = await until(() => isGood(cluster), SOON_MS);
    log(`all connections cut: every replica has its database and Redis again after ${seconds(againMs)}`);
    await load.stop();
    return failed === 0 && load.calls > 1_000 && renewedMs < SOON_MS && againMs < GOOD_AGAIN_MS;
  } finally {
    await load.stop();
    redis.disconnect();
    await cluster.stop();
  }
}

/** Calls with many keys, calls in sessions, and calls that need the store, at all replicas in turn. */
class Load {
  private isOver = false;
  private running: Promise<unknown>[] = [];
  private sessions: SessionClient[] = [];
  private ownCalls = 0;
  private ownFailed = 0;

  constructor(private readonly cluster: Cluster) {}

  async start(): Promise<void> {
    const { url } = this.cluster;
    const keys: string[] = [];
    for (let n = 0; n < KEYS; n += 1) keys.push((await this.cluster.key()).key);
    const ofSessions = (await this.cluster.key()).key;
    this.sessions = Array.from({ length: SESSIONS }, () => new SessionClient(url, ofSessions));
    for (const session of this.sessions) await session.open();
    this.running = [
      ...this.sessions.map((session) => session.run(() => this.isOver, PAUSE_MS)),
      ...keys.map((key) => this.repeat(async () => (await echo(url, key)).status)),
      this.repeat(async () => (await fetch(`${url}/admin/approvals`, { headers: admin })).status),
    ];
  }

  get calls(): number {
    return this.sessions.reduce((sum, session) => sum + session.calls, this.ownCalls);
  }

  get failed(): number {
    return this.sessions.reduce((sum, session) => sum + session.failed, this.ownFailed);
  }

  get told(): string {
    return `${this.calls} calls so far, ${this.failed} failed`;
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running);
  }

  private async repeat(call: () => Promise<number>): Promise<void> {
    while (!this.isOver) {
      this.ownCalls += 1;
      if ((await call().catch(() => 0)) !== 200) this.ownFailed += 1;
      await sleep(PAUSE_MS);
    }
  }
}

/** Under which peppers keys are stored. */
async function peppers({ parts }: Cluster): Promise<unknown[]> {
  return (await parts.ask('SELECT DISTINCT pepper_id FROM api_keys')).map((row) => row.pepper_id);
}

async function isGood(cluster: Cluster): Promise<boolean> {
  const stored = await Promise.all(cluster.replicas.map((one) => one.fetch('/admin/approvals', { headers: admin })));
  const states = await cluster.redisStates();
  return stored.every(({ status }) => status === 200) && states.every((state) => state === 'ready');
}

function withPassword(url: string): string {
  return Object.assign(new URL(url), { password: NEXT }).href;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
