import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcesses, MAIN } from './gateway-process.js';

/** What a release holds beside what is built. */
const PACKED = ['docs', 'docker', '.env.example', 'README.md', 'CHANGELOG.md', 'LICENSE', 'THIRD-PARTY-NOTICES.txt'];

let processes: GatewayProcesses;
let checkout: string;

beforeAll(() => {
  processes = new GatewayProcesses();
  checkout = processes.checkout();
});
afterAll(() => processes.close());

/** What comes before `npm start`, or another script; answers when the build was made. */
function build(before = 'start'): number {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const [program, ...args] = scripts[`pre${before}`]!.split(' ');
  expect([program, args[0]]).toEqual(['node', 'scripts/build-if-stale.mjs']);
  const path = `${join(checkout, 'node_modules/.bin')}:${process.env.PATH}`;
  execFileSync(process.execPath, args, { cwd: checkout, env: { ...process.env, PATH: path }, stdio: 'pipe' });
  return statSync(join(checkout, MAIN)).mtimeMs;
}

it('builds what is not built, and nothing that is', () => {
  const first = build('backup');
  expect(build()).toBe(first);
});

it('builds again when a source has changed, but not under a gateway that runs, for commands of the store', () => {
  const first = build();
  appendFileSync(join(checkout, 'apps/gateway/src/main.ts'), '// changed\n');
  for (const command of ['backup', 'restore', 'migrate']) expect(build(command)).toBe(first);
  expect(build()).toBeGreaterThan(first);
});

it('drops what belongs to a source that is gone', () => {
  build();
  const built = join(checkout, 'dist/apps/cli/src/stdio/bridge.js');
  expect(existsSync(built)).toBe(true);
  // no program of the bundle has it
  rmSync(join(checkout, 'apps/cli/src/stdio/bridge.ts'));
  // a folder's time is as coarse as the file system's clock
  const soon = Date.now() / 1_000 + 1;
  utimesSync(join(checkout, 'apps/cli/src/stdio'), soon, soon);
  build();
  expect(existsSync(built)).toBe(false);
});

describe('npm pack', () => {
  let packed: { filename: string; size: number; unpackedSize: number; files: { path: string }[] };
  let paths: string[];
  let version: string;

  beforeAll(() => {
    checkout = processes.checkout();
    for (const name of PACKED) cpSync(name, join(checkout, name), { recursive: true });
    const report = execFileSync('npm', ['pack', '--json', '--silent'], { cwd: checkout, encoding: 'utf8' });
    // the build has its say before
    [packed] = JSON.parse(report.slice(report.indexOf('\n[') + 1)) as [typeof packed];
    paths = packed.files.map(({ path }) => path);
    ({ version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string });
  });

  it('takes what runs, its page, its types, its documents and its licences', () => {
    const wanted = [
      'dist/apps/gateway/src/main.js',
      'dist/apps/gateway/src/backup.js',
      'dist/apps/cli/src/main.js',
      'dist/apps/dashboard/index.html',
      'dist/types/realtime.d.ts',
      'docs/operations.md',
      'docker/prometheus/alerts.yml',
      'package.json',
      ...PACKED.filter((name) => name.includes('.') || name === 'LICENSE'),
    ];
    expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('leaves sources, tests, secrets and what the build keeps for itself', () => {
    const places = /^(dist\/(apps|libs|types)|docs|docker)\//;
    expect(paths.filter((path) => !places.test(path) && path.includes('/'))).toEqual([]);
    expect(
      paths.filter(
        (path) =>
          /\.(spec|e2e-spec)\.|\/testing\/|\.built$|\.env$|\.key$|\.tsx?$/.test(path) && !path.endsWith('.d.ts'),
      ),
    ).toEqual([]);
    expect(packed.size).toBeLessThan(5_600_000);
    expect(packed.unpackedSize).toBeLessThan(24_000_000);
  });

  it('runs where it is unpacked', () => {
    const place = processes.directory();
    execFileSync('tar', ['-xzf', join(checkout, packed.filename), '-C', place]);
    symlinkSync(resolve('node_modules'), join(place, 'node_modules'));
    const program = join(place, 'package/dist/apps/cli/src/main.js');
    expect(execFileSync(process.execPath, [program, '--version'], { encoding: 'utf8' }).trim()).toBe(version);
  });
});
