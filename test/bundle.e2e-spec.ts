import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { inSourceLines } from '../libs/core/src/observability/logs/source-lines.js';
import { GatewayProcesses } from './gateway-process.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** What a gateway tells at its end of what it loaded, and of the stacks above its calls of `listen`. */
const TELLER = `
import { Session } from 'node:inspector';
import { writeFileSync } from 'node:fs';
import { Server } from 'node:net';

const session = new Session();
session.connect();
const files = [];
session.on('Debugger.scriptParsed', ({ params }) => files.push({ url: params.url, letters: params.length }));
session.post('Debugger.enable');
Error.stackTraceLimit = 50;
const { listen } = Server.prototype;
const stacks = [];
Server.prototype.listen = function (...args) {
  stacks.push(new Error().stack);
  return listen.apply(this, args);
};
process.on('exit', () => {
  session.post('Debugger.disable');
  const loaded = files.filter(({ url }) => url.startsWith('file:'));
  writeFileSync(process.env.TOLD, JSON.stringify({ stacks, loaded, ofNode: process.moduleLoadList }));
});
`;

interface Told {
  stacks: string[];
  loaded: { url: string; letters: number }[];
  /** Modules of Node itself. */
  ofNode: string[];
}

let processes: GatewayProcesses;
let told: Told;

beforeAll(async () => {
  processes = new GatewayProcesses();
  const at = processes.directory();
  const teller = join(at, 'teller.mjs');
  writeFileSync(teller, TELLER);
  const file = join(at, 'told.json');
  const gateway = processes.start({ at, env: { TOLD: file, NODE_OPTIONS: `--import=${pathToFileURL(teller).href}` } });
  await gateway.ready();
  expect(await gateway.query('SELECT 1 AS one')).toMatchObject({ status: 200 });
  gateway.kill('SIGTERM');
  await gateway.ended;
  told = JSON.parse(readFileSync(file, 'utf8')) as Told;
});
afterAll(() => processes.close());

it('loads few files and little source, and leaves Node’s own HTTP client alone', () => {
  // some 200 files and 5.7 million letters; without the bundle 1,665 and 12.8 million
  expect(told.loaded.length).toBeLessThan(250);
  expect(told.loaded.reduce((sum, { letters }) => sum + letters, 0)).toBeLessThan(6_200_000);
  expect(told.ofNode.filter((name) => name.endsWith('internal/deps/undici/undici'))).toEqual([]);
});

it('is held by V8 in one byte for each letter, and packages without blanks', () => {
  const at = join(processes.build, 'dist/apps/gateway/src');
  const built = readdirSync(at).filter((name) => name.endsWith('.js'));
  const textOf = (name: string) => readFileSync(join(at, name), 'utf8');
  expect(built.length).toBeGreaterThan(200);
  expect(built.filter((name) => /[^\0-\x7f]/.test(textOf(name)))).toEqual([]);
  const [typeorm = ''] = built.filter((name) => name.startsWith('typeorm-'));
  expect(/^\t/m.test(textOf(typeorm))).toBe(false);
  // of a CommonJS package, whose names are short but for those of functions and classes
  expect(/\bvar JunctionEntityMetadataBuilder=class\{/.test(textOf(typeorm))).toBe(true);
});

it('holds no package twice', () => {
  const apart = told.loaded.flatMap(({ url }) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  expect([...new Set(apart)].sort()).toEqual(['iconv-lite', 'libpg-query', 'safer-buffer']);
});

it('names functions, classes and packages in a stack, and has maps to the sources', () => {
  const stack = told.stacks.find((each) => each.includes('Gateway.listen')) ?? '';
  expect(stack).toMatch(/at NestApplication\.listen \(file:.*\/nestjs-core-[\w-]+\.js:\d+/);
  expect(stack).toMatch(/at Gateway\.listen \(file:.*\/main\.js:\d+/);
  const line = readFileSync('apps/gateway/src/gateway.ts', 'utf8')
    .split('\n')
    .findIndex((each) => each.includes('app.listen('));
  expect(inSourceLines(stack)).toContain(`at Gateway.listen (apps/gateway/src/gateway.ts:${line + 1}:`);
});
