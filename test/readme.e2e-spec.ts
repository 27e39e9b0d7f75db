import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const readme = readFileSync('README.md', 'utf8');
let gateway: TestGateway;

beforeAll(async () => {
  // an empty variable counts as unset: the embedded database, as a newcomer has it
  gateway = await startGateway({ env: { DATABASE_URL: '' } });
});
afterAll(() => gateway.close());

/** Every `curl` of the page as a shell runs it, with our gateway's address and key. */
function curls(): string[] {
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!);
  return blocks
    .join('\n')
    .split(/\n(?=curl )/)
    .filter((text) => text.startsWith('curl '))
    .map((text) => text.split('\n\n')[0]!.replaceAll('localhost:8100', gateway.url).replace('$ADMIN_KEY', ADMIN_KEY));
}

async function answerTo(command: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { timeout: 10_000 });
  return JSON.parse(stdout);
}

/** Without what differs from call to call. */
function lasting(answer: any): unknown {
  return { ...answer, result: { ...answer.result, metadata: Object.keys(answer.result.metadata) } };
}

it('shows the real answer of its first call', async () => {
  const shown = /^```json\n(.*?)^```$/ms.exec(readme)![1]!;
  expect(lasting(await answerTo(curls()[0]!))).toEqual(lasting(JSON.parse(shown)));
});

it('shows calls that work', async () => {
  const [, slash, rest, createKey, ...more] = curls();
  const tables = { data: { tables: ['courses', 'enrollments', 'users', 'videos', 'watch_events'] } };
  expect(await answerTo(slash!)).toMatchObject(tables);
  expect(await answerTo(rest!)).toMatchObject(tables);
  expect(await answerTo(createKey!)).toMatchObject({ name: 'research agent', permissions: ['postgres:read'] });
  expect(more).toEqual([]);
});

it('names only scripts and files that exist', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/npm (?:run )?([a-z:0-9]+)/g)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'ci');
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  const links = [...readme.matchAll(/\]\((?!http)([^)]+)\)/g)].map(([, path]) => path!);
  expect(links.filter((link) => !isThere(link))).toEqual([]);
});

/** Whether there is such a file and, behind `#`, such a heading in it. */
function isThere(link: string): boolean {
  const [path = '', anchor] = link.split('#');
  if (!existsSync(path)) return false;
  if (anchor === undefined) return true;
  const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
  return headings.some(
    (heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-') === anchor,
  );
}
