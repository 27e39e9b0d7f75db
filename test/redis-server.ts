import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';

/** Why there can be no Redis here; undefined where there can. In CI it is a mistake. */
export const noRedis = process.env.CI || hasRedis() ? undefined : 'redis-server is not installed';

/** A Redis server of a test's own, which keeps nothing. */
export interface RedisServer {
  readonly url: string;
  /** It takes connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Ends by itself where the test is interrupted: the pipe that closes then wakes the shell before it. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  const settings = `--bind 127.0.0.1 --port ${port} --save '' --appendonly no --daemonize no`;
  const script = `redis-server ${settings} >/dev/null 2>&1 & echo $!; read -r _; kill -CONT $!; kill -KILL $!`;
  const shell = spawn('/bin/sh', ['-c', script], { cwd: '/tmp', stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  shell.unref();
  const [text] = (await once(shell.stdout, 'data')) as [Buffer];
  const pid = Number(text.toString());
  const url = `redis://127.0.0.1:${port}`;
  await answers(url);
  return {
    url,
    freeze: () => process.kill(pid, 'SIGSTOP'),
    thaw: () => process.kill(pid, 'SIGCONT'),
    stop: async () => {
      const ended = once(shell, 'exit');
      shell.stdin.end();
      await ended;
    },
  };
}

async function answers(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  await client.ping();
  client.disconnect();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error === undefined;
}
