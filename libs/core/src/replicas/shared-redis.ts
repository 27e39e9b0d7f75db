import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis, RedisOptions } from 'ioredis';
import { OperationError } from '#libs/kit';
import { RedisNamespace } from './redis-namespace.js';
import { isReply, redisProblem, refusalOf } from './redis-problems.js';
import { ReplicaId } from './replica-id.js';
import type { RedisScript } from './redis-script.js';
import { ReplicasSettings } from './replicas.settings.js';
import { within } from './within.js';

/** What one command may take. The first one that takes longer opens the way without Redis for all that follow. */
const COMMAND_MS = 100;
const BEAT_EVERY_MS = 500;
/** What a heartbeat may take until nothing waits for Redis any more. */
const BEAT_MS = 500;
/** How soon it is noticed that Redis answers again. */
const LOOK_AGAIN_MS = 200;
/** Silence after which a connection is given up: the machine behind it may be gone. */
const SILENT_MS = 5_000;
const SLOWEST_RECONNECT_MS = 1_000;
/** What heartbeats write is gone after as long without one. */
const BEAT_KEPT_MS = 10_000;
/** What the start waits for Redis before it goes on without. */
const START_PATIENCE_MS = 1_000;

/** Where all replicas listen; each also listens where it is called by its id. */
const ALL = 'all';

export interface RedisStatus {
  readonly state: 'off' | 'ready' | 'down';
  /** Why it is down, safe to show. */
  readonly reason?: string;
}

const options: RedisOptions = {
  lazyConnect: true,
  connectionName: 'mcp-gateway',
  connectTimeout: 2_000,
  keepAlive: 10_000,
  // nothing waits in a line of its own: whoever asks goes on without
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // its heartbeat says when it is ready
  enableReadyCheck: false,
  retryStrategy: (times) => Math.min(100 * times, SLOWEST_RECONNECT_MS),
};

/**
 * The Redis that replicas share, watched by heartbeats. It is never waited for: while it does not answer, whoever asks
 * is refused at once and goes on by itself.
 */
@Injectable()
export class SharedRedis implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly listeners = new Set<() => void>();
  private readonly messageListeners = new Set<(message: string) => void>();
  private commands: Redis | undefined;
  private subscriber: Redis | undefined;
  private current: RedisStatus = { state: 'off' };
  private isDownTold = false;
  private answeredAt = performance.now();
  private reconnectedAt = -Infinity;
  private beating: NodeJS.Timeout | undefined;
  private stopped = false;
  private namespace = '';

  constructor(
    private readonly settings: ReplicasSettings,
    private readonly namespaces: RedisNamespace,
    private readonly id: ReplicaId,
  ) {}

  get isConfigured(): boolean {
    return this.settings.redisUrl !== undefined;
  }

  get isReady(): boolean {
    return this.current.state === 'ready';
  }

  /** From memory; never waits. */
  get status(): RedisStatus {
    return this.current;
  }

  /** Where gateways share a Redis but no database, they have nothing in common. */
  key(name: string): string {
    return this.namespace + name;
  }

  /** Resolves when Redis is ready, or soon without it. */
  async start(): Promise<void> {
    const url = this.settings.redisUrl;
    if (url === undefined) return;
    this.current = { state: 'down', reason: 'it is not reached yet' };
    const ready = new Promise<void>((resolve) => this.onReady(resolve));
    void this.namespaces.whenKnown().then((namespace) => this.connect(url, namespace));
    await within(START_PATIENCE_MS, ready).catch(() => undefined);
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.beating);
    this.current = { state: this.isConfigured ? 'down' : 'off', reason: 'it is stopped' };
    this.commands?.disconnect();
    this.subscriber?.disconnect();
  }

  /** Has `listener` run whenever Redis is ready, at first and after every outage: messages may have been missed. */
  onReady(listener: () => void): void {
    this.listeners.add(listener);
  }

  onMessage(listener: (message: string) => void): void {
    this.messageListeners.add(listener);
  }

  /** Rejects with `unavailable`: at once where Redis is away, and after `ms` where it does not answer. */
  async run<T>(work: (redis: Redis) => Promise<T>, ms = COMMAND_MS): Promise<T> {
    if (!this.commands || !this.isReady) throw away(this.current.reason);
    try {
      return await within(ms, work(this.commands));
    } catch (error) {
      // what it answers with an error, it answers
      if (isReply(error) && refusalOf(error) === undefined)
        this.logger.error(`Redis refused a command: ${error.message}`);
      else this.noteDown(error);
      throw away(this.current.reason, error);
    }
  }

  /** Runs a script on one key; rejects as `run` does. */
  runScript({ lua, sha }: RedisScript, key: string, args: readonly (string | number)[], ms?: number): Promise<unknown> {
    return this.run(async (redis) => {
      try {
        return await redis.evalsha(sha, 1, this.key(key), ...args);
      } catch (error) {
        if (!isReply(error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return redis.eval(lua, 1, this.key(key), ...args);
      }
    }, ms);
  }

  /** Tells one replica, or all, this one too. Never waits. */
  publish(message: string, to: string = ALL): void {
    if (this.isReady) this.commands?.publish(this.key(to), message).catch(() => undefined);
  }

  private async connect(url: string, namespace: string): Promise<void> {
    // its driver is large, and one replica alone needs none
    const { Redis } = await import('ioredis');
    if (this.stopped) return;
    this.namespace = namespace;
    this.commands = this.watched(new Redis(url, options));
    this.subscriber = this.watched(new Redis(url, options), [this.key(ALL), this.key(this.id.text)]);
    this.subscriber.on('message', (_channel: string, message: string) => {
      for (const listener of this.messageListeners) listener(message);
    });
    void this.beat();
  }

  private watched(client: Redis, channels?: readonly string[]): Redis {
    // looked at whenever it connects: it may be another one by then
    Object.defineProperty(client.options, 'password', { get: () => passwordOf(this.settings.redisUrl) });
    client.on('error', (error) => this.noteDown(error));
    client.on('close', () => this.noteDown());
    // pipelined before the next heartbeat, so that its answer says that this was done
    if (channels) client.on('ready', () => void client.subscribe(...channels).catch(() => undefined));
    client.on('ready', () => void this.beat());
    client.connect().catch(() => undefined);
    return client;
  }

  private async beat(): Promise<void> {
    clearTimeout(this.beating);
    if (this.stopped) return;
    const { commands, subscriber } = this;
    if (!commands || !subscriber) return;
    try {
      // a write, since one that can only be read is of no use
      const written = commands.set(this.key('beat'), this.id.text, 'PX', BEAT_KEPT_MS);
      await within(BEAT_MS, Promise.all([written, subscriber.ping()]));
      this.answeredAt = performance.now();
      this.noteReady();
    } catch (error) {
      this.noteDown(error);
      if (isReply(error)) this.answeredAt = performance.now();
      if (this.isToReconnect(error)) this.reconnect();
    }
    clearTimeout(this.beating);
    if (this.stopped) return;
    this.beating = setTimeout(() => void this.beat(), this.isReady ? BEAT_EVERY_MS : LOOK_AGAIN_MS).unref();
  }

  private isToReconnect(error: unknown): boolean {
    const now = performance.now();
    // after a failover the address may lead to the new primary, while the one before goes on as its replica
    if (refusalOf(error) === 'READONLY') return now - this.reconnectedAt > SLOWEST_RECONNECT_MS;
    return now - this.answeredAt > SILENT_MS;
  }

  private reconnect(): void {
    this.answeredAt = this.reconnectedAt = performance.now();
    for (const client of [this.commands, this.subscriber]) if (client?.status === 'ready') client.disconnect(true);
  }

  private noteReady(): void {
    if (this.isReady || this.stopped) return;
    this.current = { state: 'ready' };
    this.isDownTold = false;
    this.logger.log('Redis is ready: this gateway acts as one with its replicas');
    for (const listener of this.listeners) listener();
  }

  /** Without an error where the connection is gone: why, is told before or by the next try. */
  private noteDown(error?: unknown): void {
    if (this.stopped) return;
    const problem = error === undefined ? undefined : redisProblem(error);
    if (problem === undefined && !this.isReady) return;
    const reason = problem ?? 'the connection was cut';
    this.current = { state: 'down', reason };
    if (this.isDownTold) return;
    this.isDownTold = true;
    this.logger.warn(`Redis is away, and each replica goes on by itself: ${reason}`);
  }
}

function passwordOf(url = ''): string | undefined {
  return decodeURIComponent(new URL(url).password) || undefined;
}

function away(reason = 'it is not up yet', cause?: unknown): OperationError {
  return new OperationError(
    'unavailable',
    `What the replicas share can't be reached: ${reason}. Try again soon.`,
    { retryable: true, retryAfterMs: 1_000 },
    { cause },
  );
}
