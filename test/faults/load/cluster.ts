import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startRedis, type RedisServer } from '../../redis-server.js';
import { ADMIN_KEY, remove, startGateway, startPostgres, temporaryDirectory } from '../gateway.js';
import { SecretFiles } from '../../secret-file.js';
import { Balancer } from './balancer.js';

export type Replica = Awaited<ReturnType<typeof startGateway>>;

const PASSWORD = 'the first password';
const admin = { 'x-mcp-key': ADMIN_KEY, 'content-type': 'application/json' };

interface Parts {
  startReplica(index: number, node: string[]): Promise<Replica>;
  /** Asks the gateways' database, as a superuser. */
  ask(sql: string): Promise<Record<string, unknown>[]>;
  /** Of each replica, what holds its secrets; none where it has them in its environment. */
  readonly files: readonly SecretFiles[];
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

/** Several gateways over one PostgreSQL and one Redis, behind a balancer that takes them in turn. */
export class Cluster {
  private constructor(
    readonly replicas: Replica[],
    readonly redis: RedisServer,
    readonly balancer: Balancer,
    readonly parts: Parts,
  ) {}

  static async start(env: Record<string, string> = {}, count = 3, port = 0, inFiles = false): Promise<Cluster> {
    const directory = temporaryDirectory();
    const postgres = await startPostgres(join(directory, 'postgres'));
    const redis = await startRedis();
    const database = new URL(postgres.server.adminUrl());
    database.pathname = '/work';
    await postgres.ask(`CREATE ROLE replica LOGIN SUPERUSER PASSWORD '${PASSWORD}'`);
    Object.assign(database, { username: 'replica', password: PASSWORD });
    const secrets = {
      DATABASE_URL: database.href,
      REDIS_URL: redis.url,
      MCP_SECRET_KEY: randomBytes(32).toString('base64url'),
    };
    const files = inFiles ? Array.from({ length: count }, () => new SecretFiles()) : [];
    const given = files.map((each) => each.all(secrets));
    const startReplica = (i: number, node: string[] = []) =>
      startGateway({ ...(given[i] ?? secrets), ...env, DATA_DIR: join(directory, `replica-${i}`) }, node);
    const starting = Array.from({ length: count }, (_, i) => startReplica(i));
    const replicas = await Promise.all(starting);
    const balancer = await Balancer.start(
      replicas.map(({ url }) => url),
      port,
    );
    const stop = async () => {
      redis.thaw();
      await balancer.stop();
      await Promise.all(replicas.map((replica) => replica.stop()));
      await redis.stop();
      await postgres.server.stop();
      remove(directory);
      for (const each of files) each.remove();
    };
    const parts = { startReplica, ask: postgres.ask, stop, files, databaseUrl: database.href };
    return new Cluster(replicas, redis, balancer, parts);
  }

  get url(): string {
    return this.balancer.url;
  }

  /** Resolves when the replica is gone. */
  async kill(index: number): Promise<void> {
    this.replicas[index]?.child.kill('SIGKILL');
    await this.replicas[index]?.ended;
  }

  /** Makes a key and waits until every replica takes it. */
  async key(limits: object = {}): Promise<{ id: string; key: string }> {
    const body = JSON.stringify({ name: 'a caller', permissions: ['*'], limits });
    const made = await fetch(`${this.url}/admin/api-keys`, { method: 'POST', headers: admin, body });
    const { id, key } = (await made.json()) as { id: string; key: string };
    for (const { url } of this.replicas) {
      while ((await fetch(`${url}/mcp/catalog`, { headers: { 'x-mcp-key': key } })).status !== 200);
    }
    return { id, key };
  }

  /** What every replica says of Redis. */
  async redisStates(): Promise<string[]> {
    return Promise.all(
      this.replicas
        .filter(({ running }) => running)
        .map(async (replica) => {
          const { body } = await replica.fetch('/ready', { headers: admin });
          const told = body as { details: { replicas: { redis: { state: string } } } };
          return told.details.replicas.redis.state;
        }),
    );
  }

  stop(): Promise<void> {
    return this.parts.stop();
  }

  /** Stops a replica in order and starts another one in its place, by these options of node; answers how the old one ended. */
  async replace(index: number, node: string[] = []): Promise<number | string> {
    const end = (await this.replicas[index]?.stop()) ?? 'never started';
    const next = await this.parts.startReplica(index, node);
    this.replicas[index] = next;
    this.balancer.add(next.url);
    return end;
  }

  async hasTable(name: string): Promise<boolean> {
    const [row] = (await this.parts.ask(`SELECT to_regclass('${name}') IS NOT NULL AS there`)) as { there: boolean }[];
    return row?.there === true;
  }
}

/** One call of `gateway.echo`; its status, 0 where no answer came. */
export async function echo(url: string, key: string): Promise<{ status: number; ms: number }> {
  const startedAt = performance.now();
  const sent = fetch(`${url}/api/services/gateway/echo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mcp-key': key },
    body: '{"message":"hi"}',
  });
  const status = await sent.then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 0,
  );
  return { status, ms: performance.now() - startedAt };
}
