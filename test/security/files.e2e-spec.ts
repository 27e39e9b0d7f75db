import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type Answer } from '../gateway.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

const SECRET = 'what-nobody-outside-may-see';
const admin = { 'x-mcp-key': ADMIN_KEY };

let directory: string;
let gateway: WatchedGateway;
const app = (...names: string[]) => join(directory, 'app', ...names);
const outside = (...names: string[]) => join(directory, 'app-secret', ...names);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'files-'));
  gateway = await startWatched({ secrets: [SECRET], env: { MCP_WORKING_DIR: `${app()}:${join(directory, 'docs')}` } });
});
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true });
});
afterEach(() => expectUnharmed(gateway));
beforeEach(() => {
  for (const path of [app(), outside()]) rmSync(path, { recursive: true, force: true });
  for (const path of [app('dir'), app('repo/.git/hooks'), outside()]) mkdirSync(path, { recursive: true });
  writeFileSync(outside('key'), SECRET);
  writeFileSync(app('good'), 'what may be read');
  writeFileSync(app('dir/ünï😀'), 'what may be read');
  symlinkSync('dir', app('to-dir'));
  symlinkSync('../app-secret', app('to-outside'));
  symlinkSync('../app-secret/key', app('to-key'));
  symlinkSync('/proc/self/environ', app('to-environ'));
  symlinkSync('/proc/self', app('to-proc'));
  symlinkSync('/dev', app('to-dev'));
  symlinkSync('to-outside', app('to-to-outside'));
  symlinkSync('/', app('to-root'));
  linkSync(outside('key'), app('hard'));
  execFileSync('mkfifo', [app('fifo')]);
  execFileSync('mkfifo', [app('dir/fifo')]);
});

const call = (operation: string, input: object): Promise<Answer> =>
  gateway.post(`/api/services/workspace/${operation}`, input, admin);

/** Everything outside of the workspace that a test could have changed. */
const outsideNow = () => readdirSync(outside()).map((name) => [name, readFileSync(outside(name), 'utf8')]);

/** Refused as the caller's mistake, at once, and without a word about what is outside. */
async function expectRefused(answering: Promise<Answer>): Promise<void> {
  const answer = await answering;
  expect([400, 422]).toContain(answer.status);
  expect(answer.text).not.toContain(SECRET);
  // of the server's paths only those that the caller sent
  const { error } = answer.body as { error: { message: string } };
  expect(error.message.replace(/^("(\\.|[^"])*"|.*, got .*$)/s, '')).not.toMatch(
    /\/tmp|\/proc|app-secret|node_modules| at /,
  );
  expect(outsideNow()).toEqual([['key', SECRET]]);
}

const escapes: [string, () => string][] = [
  ['a parent', () => '../app-secret/key'],
  ['a parent further down', () => 'dir/../../app-secret/key'],
  ['a sibling whose name begins alike', () => outside('key')],
  ['a sibling by way of the root', () => `${app()}/../app-secret/key`],
  ['a link', () => 'to-key'],
  ['a link to a directory', () => 'to-outside/key'],
  ['a link to a link', () => 'to-to-outside/key'],
  ['a link and a parent', () => 'to-dir/../to-outside/key'],
  ['a link to the top', () => `to-root${outside('key')}`],
  ['a second name', () => 'hard'],
  ['a pipe', () => 'fifo'],
  ['a pipe further down', () => 'to-dir/fifo'],
  ['a NUL', () => 'good\0../../app-secret/key'],
  ['another root’s parent', () => 'docs:../app-secret/key'],
  ['half of a character', () => 'dir/\ud800'],
  ['a path that is too long', () => 'd/'.repeat(2_047)],
  ['a path that is much too long', () => 'd/'.repeat(400_000)],
  ['a name that is too long', () => 'n'.repeat(300)],
  ['a trailing slash and more', () => 'good/../../app-secret/key'],
  ['an empty name', () => ''],
];

/** Never written to here: a hole would harm the machine that runs the tests. */
const ofTheSystem: typeof escapes = [
  ['an absolute path', () => '/etc/passwd'],
  ['the environment of the gateway', () => '/proc/self/environ'],
  ['its memory', () => '/proc/self/mem'],
  ['its descriptors', () => '/proc/self/fd/0'],
  ['a link to the environment', () => 'to-environ'],
  ['a link to the process', () => 'to-proc/environ'],
  ['a link to its working directory', () => 'to-proc/cwd/package.json'],
  ['a device', () => 'to-dev/zero'],
];

describe('what is outside of the workspace', () => {
  it.each([...escapes, ...ofTheSystem])('is not read through %s', async (_what, path) => {
    await expectRefused(call('read_file', { path: path() }));
    await expectRefused(call('read_file', { path: path(), encoding: 'base64' }));
    await expectRefused(call('edit_file', { path: path(), edits: [{ oldText: 'w', newText: 'w' }], dryRun: true }));
  });

  it.each(escapes)('is not written through %s', async (_what, path) => {
    await expectRefused(call('edit_file', { path: path(), edits: [{ oldText: 'w', newText: 'x', all: true }] }));
    for (const mode of ['create', 'overwrite', 'append']) {
      await expectRefused(call('write_file', { path: path(), content: 'evil', mode }));
    }
  });

  it.each(escapes)('is not moved through %s', async (_what, path) => {
    await expectRefused(call('move_file', { source: path(), destination: 'moved' }));
    await expectRefused(call('move_file', { source: 'good', destination: path() }));
    expect(readFileSync(app('good'), 'utf8')).toBe('what may be read');
    expect(existsSync(app('moved'))).toBe(false);
  });

  it.each([...escapes, ...ofTheSystem])('is not listed or searched through %s', async (_what, path) => {
    await expectRefused(call('list_directory', { path: path() }));
    await expectRefused(call('directory_tree', { path: path() }));
    await expectRefused(call('search_files', { path: path(), regex: 'nobody' }));
  });

  it('is not found by a search, nor shown in a list', async () => {
    const search = await call('search_files', { regex: 'nobody|^root:' });
    expect(search.body).toMatchObject({ data: { results: [], more: false } });
    const listing = await call('list_directory', { path: '.', recursive: true, depth: 20 });
    expect(listing.text).not.toMatch(/to-outside\/|to-root\/|"key"/);
  });

  it('is not created', async () => {
    for (const path of ['../made', 'to-outside/made', outside('made'), 'to-root/tmp/made', 'docs:../made']) {
      await expectRefused(call('create_directory', { path }));
    }
    expect(readdirSync(directory).sort()).toEqual(['app', 'app-secret', 'docs']);
  });
});

describe('what is inside', () => {
  it.each([
    ['good'],
    ['./dir/../good'],
    ['dir/ünï😀'],
    ['to-dir/ünï😀'],
    [() => app('good')],
    [() => `${app()}//dir/../good`],
  ])('is read: %s', async (path) => {
    const answer = await call('read_file', { path: typeof path === 'string' ? path : path() });
    expect(answer.body).toMatchObject({ status: 'success', data: { content: 'what may be read' } });
    expect(answer.text).not.toContain(directory);
  });

  it('is written, edited, moved and made', async () => {
    const steps: [string, object][] = [
      ['create_directory', { path: 'new/deep' }],
      ['write_file', { path: 'new/deep/file', content: 'one' }],
      ['edit_file', { path: 'new/deep/file', edits: [{ oldText: 'one', newText: 'two' }] }],
      ['move_file', { source: 'new/deep/file', destination: 'docs:file' }],
    ];
    for (const [operation, input] of steps) expect(await call(operation, input)).toMatchObject({ status: 200 });
    expect(readFileSync(join(directory, 'docs/file'), 'utf8')).toBe('two');
  });
});

describe('what git runs', () => {
  const names = ['.git', '.GIT', '.gIt', '.git.', '.git ', '.g\u200cit', 'git~1', '.git::$INDEX_ALLOCATION'];
  it.each(names)('is neither made nor changed under the name %j', async (name) => {
    mkdirSync(app('repo', name, 'hooks'), { recursive: true });
    mkdirSync(app('prepared/hooks'), { recursive: true });
    for (const path of [
      `repo/${name}/hooks/pre-commit`,
      `repo/${name}/config`,
      `repo/dir/../${name}/config`,
      `new/${name}/x`,
    ]) {
      await expectRefused(call('write_file', { path, content: 'evil' }));
    }
    await expectRefused(call('write_file', { path: `dir/${name}`, content: 'gitdir: ../evil' }));
    await expectRefused(call('create_directory', { path: `dir/${name}/hooks` }));
    await expectRefused(call('move_file', { source: 'prepared', destination: `dir/${name}` }));
    await expectRefused(call('move_file', { source: `repo/${name}`, destination: 'moved' }));
    expect(readdirSync(app('repo', name), { recursive: true })).toEqual(['hooks']);
    expect(existsSync(app('dir', name))).toBe(false);
  });

  it('is not reached through a link either, though it can be read', async () => {
    writeFileSync(app('repo/.git/config'), '[core]\n');
    symlinkSync('repo/.git', app('innocent'));
    await expectRefused(call('write_file', { path: 'innocent/config', content: 'evil' }));
    await expectRefused(call('edit_file', { path: 'innocent/config', edits: [{ oldText: 'core', newText: 'evil' }] }));
    await expectRefused(call('move_file', { source: 'good', destination: 'innocent/hooks/pre-commit' }));
    expect(await call('read_file', { path: 'innocent/config' })).toMatchObject({ status: 200 });
    expect(await call('write_file', { path: 'repo/.gitignore', content: 'x' })).toMatchObject({ status: 200 });
  });
});

describe('a name that changes hands all the time', () => {
  it('gives nothing away and lets nothing out', async () => {
    mkdirSync(app('race/real'), { recursive: true });
    writeFileSync(app('race/real/key'), 'harmless');
    symlinkSync('../../app-secret', app('race/evil'));
    const swap = () => {
      renameSync(app('race/real'), app('race/turn'));
      renameSync(app('race/evil'), app('race/real'));
      renameSync(app('race/turn'), app('race/evil'));
    };
    let racing = true;
    const swapping = (async () => {
      while (racing) {
        for (let i = 0; i < 21; i++) swap();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const answers = await Promise.all([
        call('read_file', { path: 'race/real/key' }),
        call('search_files', { path: 'race', regex: 'nobody|harmless' }),
        call('write_file', { path: `race/real/new${i}`, content: 'x' }),
        call('list_directory', { path: 'race', recursive: true }),
      ]);
      for (const { status, text } of answers) {
        expect([200, 422]).toContain(status);
        expect(text).not.toContain(SECRET);
        seen.add(`${status}`);
      }
    }
    racing = false;
    await swapping;
    expect(outsideNow()).toEqual([['key', SECRET]]);
    expect([...seen].sort()).toEqual(['200', '422']);
  });
});

describe('a workspace that is switched off', () => {
  it('says so in the catalog and to every call, and leaves its directories alone', async () => {
    const env = { MCP_ENABLE_REAL_TOOLS: 'false', MCP_WORKING_DIR: join(directory, 'never') };
    const off = await startGateway({ env });
    try {
      const { body } = await off.get('/mcp/service/workspace', admin);
      expect(body).toMatchObject({ status: 'not configured', missing: ['MCP_ENABLE_REAL_TOOLS'] });
      const { operations } = body as { operations: { id: string; inputSchema: { required?: string[] } }[] };
      const lists: Record<string, unknown[]> = { edits: [{ oldText: 'a', newText: 'b' }], files: ['x'] };
      for (const { id, inputSchema } of operations) {
        const filled = (inputSchema.required ?? []).map((name) => [name, lists[name] ?? 'x']);
        const operation = id.slice('workspace.'.length);
        const params = { service: 'workspace', operation, ...Object.fromEntries(filled) };
        expect((await off.rpc('mcp.execute', params, admin)).error).toMatchObject({
          code: -32015,
          data: { missing: ['MCP_ENABLE_REAL_TOOLS'] },
        });
      }
      expect(operations.length).toBeGreaterThan(8);
      expect(existsSync(join(directory, 'never'))).toBe(false);
    } finally {
      await off.close();
    }
  });
});

describe('a workspace that holds what is the gateway’s own', () => {
  it.each(['MCP_CONFIG_FILE', 'N8N_API_KEY_FILE'])('is not available: %s', async (variable) => {
    const shared = join(directory, `shared-${variable}`);
    mkdirSync(shared);
    writeFileSync(join(shared, 'own'), '{}');
    const started = await startGateway({ env: { MCP_WORKING_DIR: shared, [variable]: join(shared, 'own') } });
    try {
      const { body } = await started.get('/mcp/service/workspace', admin);
      expect(body).toMatchObject({ status: 'unavailable' });
    } finally {
      await started.close();
    }
  });
});
