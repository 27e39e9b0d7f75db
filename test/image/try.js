// `npm run try:image`: builds the image with docker or podman, runs it as docs/deployment.md says it should be run, against
// a PostgreSQL that this machine has from npm, and prints what held. `-- <image>` tries one that is built. Linux only.
import { join } from 'node:path';
import { createServer } from 'node:net';
import { ADMIN_KEY, remove, startPostgres, temporaryDirectory, until } from '../faults/gateway.js';
import { checks } from './checks.js';
import { Engine } from './engine.js';

const MAX_BYTES = 221e6;
const STOP_WITHIN_MS = 10_000;
const NAME = `mcp-gateway-try-${process.pid}`;

const engine = await Engine.find();
if (!engine) {
  console.error('Neither docker nor podman works here.');
  process.exit(1);
}
let failed = false;
const directory = temporaryDirectory();
const postgres = await startPostgres(join(directory, 'postgres'));
try {
  const image = process.argv[2] ?? (await build(engine));
  console.log(`${engine.program}, ${new Date().toISOString().slice(0, 10)}\n\n| what | |\n|---|---|`);
  await tryImage(engine, image);
} finally {
  await engine.ask('rm', '--force', '--volumes', NAME);
  await postgres.server.stop();
  remove(directory);
}
process.exit(failed ? 1 : 0);

/** @param {Engine} engine */
async function build(engine) {
  await engine.must('build', '--file=docker/Dockerfile', '--tag=mcp-gateway:try', '.');
  return 'mcp-gateway:try';
}

/** @param {string} what @param {boolean} held @param {unknown} [seen] */
function tell(what, held, seen) {
  console.log(`| ${what} | ${held ? 'holds' : 'FAILS'} |`);
  if (!held && seen !== undefined) console.error(seen);
  failed ||= !held;
}

/** @param {Engine} engine @param {string} image */
async function tryImage(engine, image) {
  const bytes = Number(await engine.must('image', 'inspect', '--format={{.Size}}', image));
  tell(`it has ${(bytes / 1e6).toFixed(0)} MB, at most ${MAX_BYTES / 1e6}`, bytes <= MAX_BYTES);

  const alone = await engine.run(image, {}, { options: ['--rm'] });
  const advised = alone.code === 1 && alone.output.includes('Set DATABASE_URL');
  tell('without DATABASE_URL it ends, and says what to set', advised, alone.output);

  const [port, metricsPort] = [await freePort(), await freePort()];
  const env = {
    DATABASE_URL: postgres.server.gatewayUrl,
    MCP_ADMIN_KEY: ADMIN_KEY,
    MCP_SECRET_KEY: 'the secret of the image that is tried',
    MCP_REQUIRE_API_KEY: 'true',
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
  };
  const migrate = ['dist/apps/gateway/src/migrate.js', 'up'];
  const migrated = await engine.run(image, env, { options: ['--rm'], command: migrate });
  tell('it migrates the store and ends', migrated.code === 0, migrated.output);

  const started = await engine.run(image, env, { options: ['--detach', `--name=${NAME}`] });
  const url = `http://127.0.0.1:${port}`;
  const ready = async () => (await fetch(`${url}/ready`).catch(() => undefined))?.ok;
  tell('it becomes ready', (await until(ready, 30_000)) < Infinity, started.output);
  for (const [what, holds] of checks) tell(what, await holds({ engine, name: NAME, url, key: ADMIN_KEY }));
  await tryStop(engine);
}

/** @param {Engine} engine */
async function tryStop(engine) {
  const from = performance.now();
  await engine.must('stop', '--time=15', NAME);
  const took = performance.now() - from;
  const code = await engine.must('inspect', '--format={{.State.ExitCode}}', NAME);
  tell(`SIGTERM ends it in order, in ${took.toFixed(0)} ms`, code === '0' && took < STOP_WITHIN_MS, code);
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
