// The gateway that is measured, with everything on.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOAD_CORE, lineWith, pinned, SERVER_CORE, start } from './processes.js';

export const KEY = 'admin-key-of-the-benchmark-run';

/** @param {Record<string, object>} mcpServers what is behind it */
export async function startGateway(mcpServers) {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  // as root, PostgreSQL's own user keeps the store in it
  chmodSync(directory, 0o755);
  const config = join(directory, 'config.json');
  writeFileSync(config, JSON.stringify({ mcpServers }), { mode: 0o600 });
  const startedAt = performance.now();
  const child = start(SERVER_CORE, ['dist/apps/gateway/src/main.js'], {
    DATA_DIR: directory,
    MCP_CONFIG_FILE: config,
    PORT: '0',
    METRICS_PORT: '0',
    LOG_FORMAT: 'json',
    MCP_ADMIN_KEY: KEY,
    // limits belong to what is measured: on, and never reached
    MCP_MAX_REQUESTS_PER_MINUTE: '1000000000',
    MCP_MAX_REQUESTS_PER_HOUR: '1000000000',
  });
  const url = await lineWith(child, /ready at (http:[^"\s]+)/);
  const startMs = performance.now() - startedAt;
  if (pinned) pinStore(directory);
  return {
    url,
    pid: child.pid ?? 0,
    startMs,
    storeUrl: () => storeUrl(directory),
    removeData: () => rmSync(directory, { recursive: true, force: true }),
  };
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

/** @param {string} directory */
function postmasterLines(directory) {
  return readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
}

/** One request beside the load. @param {string} url @param {object} body @param {Record<string, string>} [headers] */
export async function post(url, body, headers = {}) {
  const sent = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'x-mcp-key': KEY };
  const answer = await fetch(url, { method: 'POST', headers: { ...sent, ...headers }, body: JSON.stringify(body) });
  const text = await answer.text();
  return { headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}
