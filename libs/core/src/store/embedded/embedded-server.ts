import { randomBytes } from 'node:crypto';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Client, DatabaseError } from 'pg';
import { StartError } from '#libs/kit';
import type { DataDirectory } from '../data-directory.js';
import { findBinaries, findPackage } from './binaries.js';
import { prepareCluster, SUPERUSER } from './cluster.js';
import { findFreePort } from './free-port.js';
import { prepareGatewayDatabase } from './gateway-database.js';
import { stopOrphan } from './orphan.js';
import { ServerProcess, STOP_WITHIN_MS, type ServerPlace } from './server-process.js';
import { findServerUser } from './server-user.js';

export const HOST = '127.0.0.1';

const START_ATTEMPTS = 5;
const START_PAUSE_MS = 300;
/** Long enough to recover after a crash. */
const READY_WITHIN_MS = 60_000;
const READY_POLL_MS = 10;
const FIRST_RESTART_MS = 100;
const SLOWEST_RESTART_MS = 5_000;
/** A server that ran this long is restarted without delay. */
const STEADY_MS = 10_000;

/**
 * The gateway's own PostgreSQL server, in its data directory. It is restarted when it ends by itself, and stopped with
 * the gateway; one that a killed gateway left behind is stopped before the next one starts.
 */
export class EmbeddedServer {
  private readonly logger = new Logger(EmbeddedServer.name);
  private password = '';
  private gatewayPassword = '';
  private place: ServerPlace | undefined;
  private server: ServerProcess | undefined;
  private starting: Promise<void> | undefined;
  private watching: Promise<void> | undefined;
  private stopping = new AbortController();
  private reachable = false;
  private tellStarted: () => void = () => undefined;
  /** Resolves when the server has come up for the first time. */
  readonly started = new Promise<void>((resolve) => {
    this.tellStarted = resolve;
  });
  port = 0;

  constructor(private readonly directory: DataDirectory) {}

  /** Resolves once the server takes connections. Throws a StartError where a person must help. */
  start(): Promise<void> {
    this.stopping = new AbortController();
    this.starting = this.bringUp();
    return this.starting;
  }

  /**
   * Ends the server, or a start that is under way; resolves when the server is gone. One that takes longer is ended by
   * force, and recovers at its next start; a start gets half of the time to end by itself.
   */
  async stop(withinMs = STOP_WITHIN_MS): Promise<void> {
    const by = performance.now() + withinMs;
    this.stopping.abort();
    const started = this.starting?.catch(() => undefined);
    await Promise.race([started, sleep(withinMs / 2, undefined, { ref: false })]);
    await this.end(by - performance.now());
  }

  private async bringUp(): Promise<void> {
    this.directory.acquire();
    const user = await findServerUser();
    const binaries = await findBinaries(findPackage(), this.directory, user);
    this.gatewayPassword = randomPassword();
    this.password = this.directory.readOrCreateSecret('postgres.password', randomPassword);
    const cluster = realpathSync(await prepareCluster(this.directory, binaries, user, this.password));
    await stopOrphan(cluster);
    this.place = { binaries, cluster, user, log: this.directory.path('postgres.log') };
    writeFileSync(this.place.log, '', { mode: 0o600 });
    const server = await this.startFirst(this.place);
    this.watching = this.watch(this.place, server);
    try {
      await this.asAdmin('postgres', (admin) => prepareGatewayDatabase(admin, this.gatewayPassword));
    } catch (error) {
      this.stopping.abort();
      await this.end();
      throw error;
    }
    this.tellStarted();
    this.logger.log(`PostgreSQL is up on port ${this.port}, for this gateway alone; its data is in ${cluster}`);
  }

  private async end(withinMs?: number): Promise<void> {
    await this.server?.stop(withinMs);
    await this.watching;
    this.server = undefined;
  }

  /** Whether the server takes connections, as far as is known. */
  get up(): boolean {
    return this.reachable;
  }

  /** The process id of the running server. */
  get pid(): number | undefined {
    return this.server?.running ? this.server.pid : undefined;
  }

  /** The address of the gateway's database, with a password that is made anew at each start. */
  get gatewayUrl(): string {
    return `postgres://gateway:${this.gatewayPassword}@${HOST}:${this.port}/gateway?sslmode=disable`;
  }

  /** The superuser's address of a database. */
  adminUrl(database = 'postgres'): string {
    return `postgres://${SUPERUSER}:${this.password}@${HOST}:${this.port}/${database}?sslmode=disable`;
  }

  /** Runs `work` on a connection of the superuser to the database. */
  async asAdmin<T>(database: string, work: (admin: Client) => Promise<T>): Promise<T> {
    const admin = new Client({ connectionString: this.adminUrl(database), connectionTimeoutMillis: 5_000 });
    // A connection that breaks also fails the query in hand; without a listener it would end the process.
    admin.on('error', () => undefined);
    try {
      await admin.connect();
      return await work(admin);
    } finally {
      await admin.end().catch(() => undefined);
    }
  }

  /** Tries again on another port: the free one may be gone, or workers of a crashed server not be gone yet. */
  private async startFirst(place: ServerPlace): Promise<ServerProcess> {
    for (let attempt = 1; attempt <= START_ATTEMPTS && !this.stopping.signal.aborted; attempt++) {
      this.port = await findFreePort();
      const server = await this.launch(place);
      if (server) return server;
      await this.pause(START_PAUSE_MS);
    }
    if (this.stopping.signal.aborted) throw new StartError('The embedded PostgreSQL was stopped while it started');
    throw new StartError(`The embedded PostgreSQL does not start. ${place.log} ends with:\n${lastLines(place.log)}`);
  }

  /** Starts the server on the chosen port; undefined when it ended before it was ready. */
  private async launch(place: ServerPlace): Promise<ServerProcess | undefined> {
    const server = ServerProcess.start(place, this.port);
    this.server = server;
    try {
      this.reachable = await this.isReady(server);
    } finally {
      if (!this.reachable) await server.stop();
    }
    return this.reachable ? server : undefined;
  }

  private async isReady(server: ServerProcess): Promise<boolean> {
    for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline && server.running;) {
      if (this.stopping.signal.aborted) return false;
      try {
        await this.asAdmin('postgres', async () => undefined);
        return server.running;
      } catch (error) {
        if (isWrongPassword(error)) throw this.wrongPassword();
        await this.pause(READY_POLL_MS);
      }
    }
    return false;
  }

  /** Starts the server again whenever it ends by itself, on the same port, until `stop`. */
  private async watch(place: ServerPlace, first: ServerProcess): Promise<void> {
    let server: ServerProcess | undefined = first;
    let delayMs = FIRST_RESTART_MS;
    while (!this.stopping.signal.aborted) {
      if (server) {
        const how = await server.exited;
        this.reachable = false;
        if (this.stopping.signal.aborted) return;
        this.logger.error(`PostgreSQL ended by itself (${how}); starting it again. Its log is ${place.log}`);
        if (Date.now() - server.startedAt > STEADY_MS) delayMs = FIRST_RESTART_MS;
      }
      await this.pause(delayMs);
      delayMs = Math.min(delayMs * 2, SLOWEST_RESTART_MS);
      server = await this.startAgain(place);
    }
  }

  private async startAgain(place: ServerPlace): Promise<ServerProcess | undefined> {
    if (this.stopping.signal.aborted) return undefined;
    try {
      const server = await this.launch(place);
      if (server) this.logger.log('PostgreSQL is back');
      return server;
    } catch (error) {
      this.logger.error((error as Error).message);
      return undefined;
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private wrongPassword(): StartError {
    const file = this.directory.path('postgres.password');
    return new StartError(
      `The embedded PostgreSQL does not take the password in ${file}. Restore that file from the backup that the ` +
        'database came from, or set DATA_DIR to another directory.',
    );
  }
}

/** URL-safe, since it becomes part of an address. */
export function randomPassword(): string {
  return randomBytes(24).toString('base64url');
}

function isWrongPassword(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '28P01';
}

function lastLines(log: string): string {
  return readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n');
}
