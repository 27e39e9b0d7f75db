import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killWithChildren } from '../kill-with-children.js';
import { CLEAN_ENVIRONMENT, type ServerUser } from './run.js';

/** What a server is given to stop where nobody says how long. */
export const STOP_WITHIN_MS = 10_000;
/** Of which an immediate shutdown is given; a fast one gets the rest, and this at least. */
const IMMEDIATE_SHUTDOWN_MS = 500;

export interface ServerPlace {
  binaries: string;
  cluster: string;
  /** What the server writes is appended here. */
  log: string;
  user: ServerUser | undefined;
}

/** One running PostgreSQL server, in a process group of its own: signals to the gateway's group don't reach it. */
export class ServerProcess {
  /** Resolves with how the server ended, however it did. */
  readonly exited: Promise<string>;
  running = true;
  readonly startedAt = Date.now();

  private constructor(private readonly child: ChildProcess) {
    this.exited = new Promise((resolve) => {
      const end = (how: string) => {
        this.running = false;
        resolve(how);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : signal));
    });
  }

  static start(place: ServerPlace, port: number): ServerProcess {
    const log = openSync(place.log, 'a', 0o600);
    try {
      const child = spawn(join(place.binaries, 'bin', 'postgres'), serverArguments(place.cluster, port), {
        ...(place.user && { uid: place.user.uid, gid: place.user.gid }),
        cwd: '/',
        env: CLEAN_ENVIRONMENT,
        detached: true,
        stdio: ['ignore', log, log],
      });
      return new ServerProcess(child);
    } finally {
      closeSync(log);
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Fast shutdown (connections are cut, data is written out), then immediate shutdown, then the end by force. */
  async stop(withinMs = STOP_WITHIN_MS): Promise<void> {
    this.child.kill('SIGINT');
    if (await this.exitsWithin(Math.max(IMMEDIATE_SHUTDOWN_MS, withinMs - IMMEDIATE_SHUTDOWN_MS))) return;
    this.child.kill('SIGQUIT');
    if (await this.exitsWithin(IMMEDIATE_SHUTDOWN_MS)) return;
    // with its workers: while they have its memory no server could start on this cluster
    killWithChildren(this.pid);
    await this.exited;
  }

  private async exitsWithin(ms: number): Promise<boolean> {
    const over = new AbortController();
    const timer = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.exited, timer]);
    over.abort();
    return !this.running;
  }
}

function serverArguments(cluster: string, port: number): string[] {
  const parameters = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    shared_buffers: '32MB',
    max_connections: 100,
    max_logical_replication_workers: 0,
    shared_preload_libraries: 'pg_stat_statements',
    // "log" ranks above "error" here: the texts of failed statements, which may hold data, stay out of the file.
    log_min_messages: 'log',
    log_checkpoints: 'off',
  };
  return ['-D', cluster, ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
