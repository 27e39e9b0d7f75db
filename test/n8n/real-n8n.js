// An n8n of its own for the try: installed, started, with an owner and a key.
import { execFileSync, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '../faults/gateway.js';

const directory = import.meta.dirname;
const modules = join(directory, 'node_modules');
const stamp = join(modules, '.installed');
const START_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;

/** @typedef {{ url: string, key: string, version: string, edit: (path: string, body: object) => Promise<unknown>, stop: () => Promise<void> }} N8n */

/** Installs what the lock file names, where that is not done. */
export function install() {
  const wanted = hash('sha256', readFileSync(join(directory, 'package-lock.json')));
  if (installed() === wanted) return;
  console.log('Installing n8n (1.6 GB, once) …');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  writeFileSync(stamp, wanted);
}

function installed() {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Starts n8n on 127.0.0.1 with a data directory and a database that are given; `log` is the file that gets what it says.
 *
 * @param {{ directory: string, database: { port: number, name: string, user: string, password: string }, log: string }} place
 * @returns {Promise<N8n>}
 */
export async function startN8n({ directory: home, database, log }) {
  const [port, brokerPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [join(modules, 'n8n', 'bin', 'n8n'), 'start'], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      N8N_USER_FOLDER: home,
      N8N_LISTEN_ADDRESS: '127.0.0.1',
      N8N_PORT: String(port),
      N8N_RUNNERS_BROKER_PORT: String(brokerPort),
      // in PostgreSQL, since SQLite would have to be compiled
      DB_TYPE: 'postgresdb',
      DB_POSTGRESDB_HOST: '127.0.0.1',
      DB_POSTGRESDB_PORT: String(database.port),
      DB_POSTGRESDB_DATABASE: database.name,
      DB_POSTGRESDB_USER: database.user,
      DB_POSTGRESDB_PASSWORD: database.password,
      // it asks nobody outside
      N8N_DIAGNOSTICS_ENABLED: 'false',
      N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
      N8N_TEMPLATES_ENABLED: 'false',
      N8N_COMMUNITY_PACKAGES_ENABLED: 'false',
      N8N_HIRING_BANNER_ENABLED: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = createWriteStream(log);
  child.stdout.pipe(said, { end: false });
  child.stderr.pipe(said, { end: false });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(late);
    said.end();
  };
  try {
    const isReady = () => child.exitCode !== null || answers(`${url}/rest/settings`);
    if ((await until(isReady, START_WITHIN_MS)) === Infinity || child.exitCode !== null) {
      throw new Error(`n8n does not start; see ${log}`);
    }
    const cookie = await makeOwner(url);
    const key = await makeKey(url, cookie);
    /** What the editor does for its owner. @param {string} path @param {object} body */
    const edit = (path, body) => asPerson(url + path, body, cookie);
    return { url, key, version: versionOf('n8n'), edit, stop };
  } catch (error) {
    if (child.exitCode === null) await stop();
    throw error;
  }
}

/** @param {string} name */
function versionOf(name) {
  return JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;
}

/** Answers the cookie of the one who set it up. @param {string} url */
async function makeOwner(url) {
  const owner = { email: 'owner@example.com', firstName: 'Ada', lastName: 'Owner', password: 'Try-the-gateway-1' };
  const { headers } = await asPerson(`${url}/rest/owner/setup`, owner);
  return headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
}

/** With all scopes. @param {string} url @param {string} cookie @returns {Promise<string>} */
async function makeKey(url, cookie) {
  const { data: scopes } = await bodyOf(await asPerson(`${url}/rest/api-keys/scopes`, undefined, cookie));
  const wanted = { label: 'gateway', expiresAt: null, scopes };
  const { data } = await bodyOf(await asPerson(`${url}/rest/api-keys`, wanted, cookie));
  return data.rawApiKey;
}

/** @param {Response} response @returns {Promise<any>} */
const bodyOf = (response) => response.json();

/** @param {string} url @param {object} [body] @param {string} [cookie] */
async function asPerson(url, body, cookie) {
  const response = await fetch(url, {
    headers: { 'content-type': 'application/json', 'browser-id': 'try', ...(cookie !== undefined && { cookie }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response;
}

/** Before it is up it answers all requests with a text. @param {string} url */
async function answers(url) {
  return fetch(url)
    .then((response) => response.json())
    .then(
      () => true,
      () => false,
    );
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  return port;
}
