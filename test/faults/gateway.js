// A gateway as a whole process, and a PostgreSQL of its own kind, for the faults. No fault itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Logger } from '@nestjs/common';
import { START_ENV, START_FLAGS } from '../start-command.js';

/** What is built, which the compiler does not look at. @param {string} path */
const built = (path) => import(new URL(`../../dist/libs/core/src/store/${path}`, import.meta.url).href);

/** @typedef {import('../../libs/core/src/store/embedded/embedded-server.js').EmbeddedServer} Server */
/** @type {typeof import('../../libs/core/src/store/data-directory.js')} */
const { DataDirectory } = await built('data-directory.js');
/** @type {typeof import('../../libs/core/src/store/embedded/embedded-server.js')} */
const { EmbeddedServer } = await built('embedded/embedded-server.js');
const { withServer: startFor } = await built('backup/store-access.js');

Logger.overrideLogger(['fatal']);

export const ADMIN_KEY = 'admin-key-of-the-fault-scripts';

/** @typedef {{ status: number, body: any, ms: number }} Answer */

/** A directory that PostgreSQL's own user may pass through. */
export function temporaryDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'gateway-fault-'));
  chmodSync(path, 0o755);
  return path;
}

/** @param {string} path */
export function remove(path) {
  rmSync(path, { recursive: true, force: true });
}

/** Starts a gateway on a free port with limits off. @param {Record<string, string>} env @param {string[]} [node] */
export async function startGateway(env, node = []) {
  const child = spawn(process.execPath, [...START_FLAGS, ...node, 'dist/apps/gateway/src/main.js'], {
    env: {
      ...START_ENV,
      PATH: process.env.PATH,
      PORT: '0',
      LOG_FORMAT: 'json',
      MCP_ADMIN_KEY: ADMIN_KEY,
      MCP_MAX_REQUESTS_PER_MINUTE: '0',
      MCP_MAX_REQUESTS_PER_HOUR: '0',
      METRICS_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  /** @type {Promise<number | string>} how it ended */
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      if (text.length > 1e6) return;
      text += String(chunk);
      const found = /The gateway is ready at (http:[^"\s]+)/.exec(text);
      if (found) resolve(found[1]);
    });
    void ended.then((end) => reject(new Error(`The gateway ended with ${end} before it was ready:\n${text}`)));
  });
  return new Gateway(child, url, ended);
}

class Gateway {
  /** @param {import('node:child_process').ChildProcess} child @param {string} url @param {Promise<number | string>} ended */
  constructor(child, url, ended) {
    this.child = child;
    this.url = url;
    this.ended = ended;
  }

  get running() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @param {string} path @param {RequestInit} [init] @returns {Promise<Answer>} status 0 where none came */
  async fetch(path, init) {
    const startedAt = performance.now();
    try {
      const response = await fetch(this.url + path, init);
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : undefined, ms: performance.now() - startedAt };
    } catch (error) {
      return { status: 0, body: error, ms: performance.now() - startedAt };
    }
  }

  /** @param {string} path @param {unknown} body @param {Record<string, string>} [headers] */
  post(path, body, headers = { 'x-mcp-key': ADMIN_KEY }) {
    return this.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** @param {string} database @param {string} query @param {object} [more] */
  query(database, query, more = {}) {
    return this.post('/api/services/postgres/query', { database, query, ...more });
  }

  async stop() {
    if (this.running) this.child.kill('SIGTERM');
    return this.ended;
  }
}

/** A PostgreSQL server of its own, with a role that may only read. @param {string} directory */
export async function startPostgres(directory) {
  const server = new EmbeddedServer(new DataDirectory(directory));
  await server.start();
  await server.asAdmin('postgres', async (admin) => {
    await admin.query('CREATE DATABASE work');
    await admin.query(`CREATE ROLE reader LOGIN PASSWORD 'reader'`);
  });
  return {
    server,
    readerUrl: `postgres://reader:reader@127.0.0.1:${server.port}/work?sslmode=disable`,
    /** @param {string} sql @returns {Promise<any[]>} */
    ask: (sql) => server.asAdmin('work', async (admin) => (await admin.query(sql)).rows),
  };
}

/** Asks until it is true. @param {() => unknown} condition @param {number} withinMs @returns {Promise<number>} ms it took; Infinity when it never was */
export async function until(condition, withinMs) {
  const startedAt = performance.now();
  for (;;) {
    if (await condition()) return performance.now() - startedAt;
    if (performance.now() - startedAt > withinMs) return Infinity;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Runs work on the embedded server of a gateway that is stopped.
 * @template T
 * @param {string} path
 * @param {(server: Server) => Promise<T>} work
 * @returns {Promise<T>}
 */
export const withServer = (path, work) => startFor(new DataDirectory(path), work);
