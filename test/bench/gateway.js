// The gateway that is measured, with everything on, started as `npm start` does it.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { START_ENV, START_FLAGS } from '../start-command.js';
import { LOAD_CORE, lineWith, pinned, SERVER_CORE, start } from './processes.js';

export const KEY = 'admin-key-of-the-benchmark-run';
const REACHED_WITHIN_MS = 60_000;

/**
 * @typedef {object} Options
 * @property {Record<string, object>} [mcpServers] what is behind it
 * @property {Record<string, string>} [env]
 * @property {string} [directory] of data, from an earlier start
 * @property {number} [core]
 */

/** @param {Options} [options] */
export async function startGateway(options = {}) {
  const { mcpServers = {}, env = {}, directory = newDirectory(), core = SERVER_CORE } = options;
  const config = join(directory, 'config.json');
  writeFileSync(config, JSON.stringify({ mcpServers }), { mode: 0o600 });
  const startedAt = performance.now();
  const child = start(core, [...START_FLAGS, 'dist/apps/gateway/src/main.js'], {
    ...START_ENV,
    DATA_DIR: directory,
    MCP_CONFIG_FILE: config,
    PORT: '0',
    METRICS_PORT: '0',
    LOG_FORMAT: 'json',
    MCP_ADMIN_KEY: KEY,
    // limits belong to what is measured: on, and never reached
    MCP_MAX_REQUESTS_PER_MINUTE: '1000000000',
    MCP_MAX_REQUESTS_PER_HOUR: '1000000000',
    ...env,
  });
  const url = await lineWith(child, /ready at (http:[^"\s]+)/);
  const startMs = performance.now() - startedAt;
  if (pinned && env.DATABASE_URL === undefined) pinStore(directory);
  await upstreamsReached(url, Object.keys(mcpServers));
  return { child, directory, url, pids: [child.pid ?? 0], startMs, storeUrl: () => storeUrl(directory) };
}

/** @type {string[]} */
const directories = [];

export function newDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  // as root, PostgreSQL's own user keeps the store in it
  chmodSync(directory, 0o755);
  directories.push(directory);
  return directory;
}

/** Once nothing runs in them. */
export function removeDirectories() {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** The store takes the audit's lines meanwhile: a process of its own, which would take the gateway's core from it. @param {string} directory */
function pinStore(directory) {
  const postmaster = postmasterLines(directory)[0] ?? '';
  const backends = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
  for (const pid of [postmaster, ...backends]) spawnSync('taskset', ['-acp', String(LOAD_CORE), pid]);
}

/** The server of the gateway's store, as its superuser. @param {string} directory */
function storeUrl(directory) {
  const password = readFileSync(join(directory, 'postgres.password'), 'utf8').trim();
  return `postgres://gateway_admin:${password}@127.0.0.1:${postmasterLines(directory)[3]}/postgres?sslmode=disable`;
}

/** On the server of a gateway's store. @param {string} url of it @param {string} name @returns {Promise<string>} its own address */
export async function newDatabase(url, name) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return new URL(`/${name}?sslmode=disable`, url).href;
}

/** @param {string} directory */
function postmasterLines(directory) {
  return readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
}

/** They are reached in the background. @param {string} url @param {string[]} names */
async function upstreamsReached(url, names) {
  const giveUpAt = performance.now() + REACHED_WITHIN_MS;
  while (performance.now() < giveUpAt) {
    const { body } = await post(`${url}/mcp/rpc`, { jsonrpc: '2.0', id: 0, method: 'tools/list' });
    const tools = new Set(body.result.tools.map((/** @type {{name: string}} */ { name }) => name.split('__')[0]));
    if (names.every((name) => tools.has(name))) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const answer = await fetch(`${url}/admin/upstreams`, { headers: { 'x-mcp-key': KEY } });
  throw new Error(`The upstreams could not be reached: ${await answer.text()}`);
}

/** One request beside the load. @param {string} url @param {object} body @param {Record<string, string>} [headers] */
export async function post(url, body, headers = {}) {
  const sent = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'x-mcp-key': KEY };
  const answer = await fetch(url, { method: 'POST', headers: { ...sent, ...headers }, body: JSON.stringify(body) });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
  return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

/** Opens a session of MCP 2025-11-25. @param {string} url @returns {Promise<string>} its id */
export async function openSession(url) {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
  const { headers, text } = await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
  const session = headers.get('mcp-session-id');
  if (session === null) throw new Error(`There is no session: ${text}`);
  await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, { 'mcp-session-id': session });
  return session;
}
