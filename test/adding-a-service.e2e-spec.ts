import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from './database.js';
import { sendTo } from './gateway.js';

const page = readFileSync('docs/adding-a-service.md', 'utf8');
const blocks = [...page.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)].map(([, language, file, text]) => ({
  language,
  file: file!,
  text: text!,
}));

let checkout: string;
let database: TestDatabase;

/** A copy of the project in which the page is followed to the letter. */
beforeAll(async () => {
  database = await createDatabase();
  checkout = mkdtempSync(join(tmpdir(), 'gateway-checkout-'));
  chmodSync(checkout, 0o755);
  const project = [
    'apps',
    'libs',
    'scripts',
    'test',
    '.env.example',
    '.swcrc',
    'nest-cli.json',
    'package.json',
    'tsconfig.json',
  ];
  for (const name of project) cpSync(name, join(checkout, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(checkout, 'node_modules'));
  for (const { file, text } of blocks.filter((block) => block.file)) {
    const target = join(checkout, file);
    mkdirSync(dirname(target), { recursive: true });
    if (file === '.env.example') appendFileSync(target, text);
    else writeFileSync(target, text);
  }
});
afterAll(async () => {
  rmSync(checkout, { recursive: true, force: true });
  await database.drop();
});

function run(program: string, ...args: string[]): string {
  return execFileSync(join(checkout, 'node_modules/.bin', program), args, {
    cwd: checkout,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

it('has the files of a service', () => {
  expect(blocks.map(({ file }) => file).filter(Boolean)).toEqual([
    'libs/services/src/clock/clock.service.ts',
    'libs/services/src/clock/clock.settings.ts',
    '.env.example',
    'libs/services/src/clock/clock.module.ts',
    'libs/services/src/index.ts',
    'libs/services/src/clock/clock.service.spec.ts',
  ]);
});

it('adds to the services that there are, and takes none away', () => {
  const listed = blocks.find(({ file }) => file === 'libs/services/src/index.ts')!.text;
  const added = ["import { ClockModule } from './clock/clock.module.js';\n", '  ClockModule,\n'];
  const before = added.reduce((text, line) => text.replace(line, ''), listed);
  expect(before).toBe(readFileSync('libs/services/src/index.ts', 'utf8'));
});

it('gives a service that compiles', { timeout: 120_000 }, () => {
  // that the gateway takes it beside the others is seen where it starts
  const include = ['libs/services/src/clock', 'libs/**/*.d.ts'];
  const config = { extends: './tsconfig.json', include };
  writeFileSync(join(checkout, 'tsconfig.service.json'), JSON.stringify(config));
  expect(run('tsc', '-p', 'tsconfig.service.json')).toBe('');
});

it('gives a service whose test passes', { timeout: 60_000 }, () => {
  writeFileSync(
    join(checkout, 'vitest.config.mjs'),
    `import { defaultServerConditions } from 'vite';
     export default { ssr: { resolve: { conditions: ['gateway-source', ...defaultServerConditions] } } };`,
  );
  expect(run('vitest', 'run', '--reporter=json', 'libs/services/src/clock')).toContain('"numPassedTests":2');
});

it('gives a service that answers as the page shows', { timeout: 60_000 }, async () => {
  run('nest', 'build');
  const main = spawn(process.execPath, ['dist/apps/gateway/src/main.js'], {
    cwd: checkout,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: join(checkout, 'data'),
      DATABASE_URL: database.url,
      LOG_FORMAT: 'json',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((done) => main.once('exit', done));
  try {
    const url = await addressOf(main.stdout);
    const answers = await Promise.all(curls().map(({ path, body }) => post(url, path, body)));
    expect(answers).toEqual([
      expect.objectContaining({ data: { timeZone: 'Europe/Vienna', time: expect.any(String) as unknown } }),
      expect.objectContaining({ data: { timeZone: 'UTC', time: expect.any(String) as unknown } }),
    ]);
  } finally {
    main.kill();
    await ended;
  }
});

async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const address = /ready at (http:[^"\s]+)/.exec(line)?.[1];
    if (address) return address;
  }
  throw new Error('The gateway ended before it was ready');
}

/** The calls that the page shows. */
function curls(): { path: string; body: string }[] {
  return [...page.matchAll(/^curl -s localhost:8100(\S+) .*-d '(.*)'$/gm)].map(([, path, body]) => ({
    path: path!,
    body: body!,
  }));
}

async function post(url: string, path: string, body: string): Promise<unknown> {
  const answer = await sendTo(url, { method: 'POST', path, headers: { 'content-type': 'application/json' }, body });
  return answer.body;
}
