import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayProcesses, MAIN } from './gateway-process.js';

let processes: GatewayProcesses;
let checkout: string;

beforeAll(() => {
  processes = new GatewayProcesses();
  checkout = processes.checkout();
});
afterAll(() => processes.close());

/** What comes before `npm start`; answers when the build was made. */
function build(): number {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  expect(scripts.prestart).toBe('node scripts/build-if-stale.mjs');
  const path = `${join(checkout, 'node_modules/.bin')}:${process.env.PATH}`;
  execFileSync(process.execPath, ['scripts/build-if-stale.mjs'], {
    cwd: checkout,
    env: { ...process.env, PATH: path },
  });
  return statSync(join(checkout, MAIN)).mtimeMs;
}

it('builds what is not built, and nothing that is', () => {
  const first = build();
  expect(build()).toBe(first);
});

it('builds again when a source has changed', () => {
  const first = build();
  appendFileSync(join(checkout, 'apps/gateway/src/main.ts'), '// changed\n');
  expect(build()).toBeGreaterThan(first);
});

it('drops what belongs to a source that is gone', () => {
  build();
  const built = join(checkout, 'dist/libs/services/src/gateway/gateway.service.js');
  expect(existsSync(built)).toBe(true);
  rmSync(join(checkout, 'libs/services/src/gateway/gateway.service.ts'));
  // a folder's time is as coarse as the file system's clock
  const soon = Date.now() / 1_000 + 1;
  utimesSync(join(checkout, 'libs/services/src/gateway'), soon, soon);
  build();
  expect(existsSync(built)).toBe(false);
});
