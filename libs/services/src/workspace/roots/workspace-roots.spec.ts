import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkspace, refusalOf, testSettings, type TestWorkspace } from '../testing/workspace.js';
import { WorkspaceRoots } from './workspace-roots.js';

let workspace: TestWorkspace;
const beside = (...names: string[]) => join(workspace.directory, ...names);

beforeAll(async () => {
  workspace = await openWorkspace('docs');
  mkdirSync(workspace.at('dir/deep'), { recursive: true });
  mkdirSync(beside('app-secret'));
  writeFileSync(workspace.at('dir/file'), 'inside');
  writeFileSync(beside('docs/guide'), 'guide');
  writeFileSync(beside('app-secret/key'), 'secret');
  symlinkSync('dir', workspace.at('to-dir'));
  symlinkSync('dir/file', workspace.at('to-file'));
  symlinkSync('../docs', workspace.at('to-docs'));
  symlinkSync('../app-secret', workspace.at('to-secret'));
  symlinkSync('../app-secret/key', workspace.at('to-key'));
  symlinkSync('../app-secret/nothing', workspace.at('to-nothing'));
  symlinkSync('loop', workspace.at('loop'));
  linkSync(beside('app-secret/key'), workspace.at('hard'));
  execFileSync('mkfifo', [workspace.at('fifo')]);
});
afterAll(() => workspace.close());

const file = (path: string) =>
  workspace.roots.withFile(path, ({ path, found }) => Promise.resolve([path, found.realPath]));
const directory = (path: string) => workspace.roots.withDirectory(path, ({ path }) => Promise.resolve(path));

describe('a file', () => {
  it.each([
    ['dir/file', 'dir/file', 'app/dir/file'],
    ['to-dir/file', 'dir/file', 'app/dir/file'],
    ['to-docs/guide', 'docs:guide', 'docs/guide'],
    ['docs:guide', 'docs:guide', 'docs/guide'],
  ])('%s is found, and called %s', async (path, shown, real) => {
    expect(await file(path)).toEqual([shown, beside(real)]);
    expect((await file(beside('app', 'dir/../to-dir/file')))[0]).toBe('dir/file');
  });

  const missing = 'is not in the workspace; links that lead out of it are not followed';
  it.each([
    ['nothing', missing],
    ['to-secret/key', missing],
    ['to-secret/nothing', missing],
    ['to-nothing/x', missing],
    ['dir/file/x', 'is not in the workspace; a part of its path is no directory'],
    ['to-file', 'is a symbolic link; use the path that it leads to'],
    ['to-key', 'is a symbolic link; use the path that it leads to'],
    ['loop/x', 'leads through links in a circle'],
    ['dir', 'is a directory, not a file'],
    ['hard', 'has more than one name (hard links), of which another one may be outside of the workspace'],
    ['fifo', 'is no regular file; pipes, sockets and devices are not opened'],
    ['x'.repeat(256), 'is too long, or one of its names is (255 bytes)'],
  ])('%s is refused', async (path, reason) => {
    expect(await refusalOf(file(path))).toBe(`failed: ${JSON.stringify(path)} ${reason}`);
  });

  it('is no socket', async () => {
    const server = createServer().listen(workspace.at('socket'));
    await once(server, 'listening');
    expect(await refusalOf(file('socket'))).toContain('is no regular file');
    server.close();
  });

  it('stays the one that was checked when its name changes hands', async () => {
    writeFileSync(workspace.at('mine'), 'mine');
    const content = await workspace.roots.withFile('mine', async ({ found }) => {
      rmSync(workspace.at('mine'));
      symlinkSync(beside('app-secret/key'), workspace.at('mine'));
      const handle = await found.reopen(0);
      return handle.readFile('utf8').finally(() => handle.close());
    });
    expect(content).toBe('mine');
  });
});

describe('a directory', () => {
  it.each([
    ['.', '.'],
    ['dir/deep', 'dir/deep'],
    ['to-dir/deep', 'dir/deep'],
    ['docs:', 'docs:'],
  ])('%s is found, and called %s', async (path, shown) => {
    expect(await directory(path)).toBe(shown);
  });

  it.each([
    ['dir/file', 'is not a directory'],
    ['to-dir', 'is a symbolic link; use the path that it leads to'],
    ['to-secret', 'is a symbolic link; use the path that it leads to'],
  ])('%s is refused', async (path, reason) => {
    expect(await refusalOf(directory(path))).toBe(`failed: ${JSON.stringify(path)} ${reason}`);
  });

  it('stays a child’s working directory when its name changes hands', async () => {
    mkdirSync(workspace.at('here'));
    const cwd = await workspace.roots.withDirectory('here', ({ found }) => {
      renameSync(workspace.at('here'), workspace.at('there'));
      symlinkSync(beside('app-secret'), workspace.at('here'));
      return Promise.resolve(execFileSync('/bin/pwd', ['-P'], { cwd: found.path, encoding: 'utf8' }));
    });
    expect(cwd).toBe(`${workspace.at('there')}\n`);
  });
});

it('keeps no descriptor', async () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 20; i++) {
    await file('dir/file');
    await refusalOf(file('to-secret/key'));
    await refusalOf(file('hard'));
  }
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
});

describe('the roots', () => {
  const started = async (enabled: boolean, ...directories: string[]) => {
    const own = { paths: ['own/data', 'keys/named', 'secrets/missing'].map((each) => beside(each)) };
    const roots = new WorkspaceRoots({ ...testSettings, enabled, directories }, own);
    await roots.onModuleInit();
    return roots;
  };

  it('are made where they are missing, and told apart by their names', async () => {
    const roots = await started(true, beside('new/src'), beside('other/src'), beside('third'));
    expect(roots.status()).toEqual({ state: 'ready' });
    expect(roots.require().map(({ name }) => name)).toEqual(['src', 'src-2', 'third']);
  });

  it('make the workspace unavailable where they can’t be used, and say which', async () => {
    const roots = await started(true, beside('third'), beside('docs/guide'));
    const reason = "Directory 2 of MCP_WORKING_DIR can't be used (EEXIST)";
    expect(roots.status()).toEqual({ state: 'unavailable', reason });
    expect(await refusalOf(roots.withFile('x', () => Promise.resolve()))).toBe(`unavailable: ${reason}`);
  });

  it('are not the whole file system', async () => {
    expect((await started(true, '/proc/..')).status()).toEqual({
      state: 'unavailable',
      reason: 'MCP_WORKING_DIR can’t be the whole file system',
    });
  });

  it.each([
    ['own', false],
    ['own/data', false],
    ['to-own', false],
    ['keys', false],
    ['behind', false],
    ['secrets', false],
    ['keys/workspace', true],
    ['own/workspace', true],
    ['own/data/workspace', true],
    ['own/data-2', true],
  ])('hold nothing of the gateway’s own: %s', async (name, passes) => {
    mkdirSync(beside('own/data'), { recursive: true });
    for (const each of ['keys', 'behind', 'secrets']) mkdirSync(beside(each), { recursive: true });
    writeFileSync(beside('behind/key'), 'secret');
    for (const link of ['to-own', 'keys/named']) rmSync(beside(link), { force: true });
    symlinkSync('../behind/key', beside('keys/named'));
    symlinkSync('own', beside('to-own'));
    const reason =
      'Directory 2 of MCP_WORKING_DIR holds what is the gateway’s own (DATA_DIR, its .env and configuration, or a file of a secret); share another one';
    expect((await started(true, beside('third'), beside(name))).status()).toEqual(
      passes ? { state: 'ready' } : { state: 'unavailable', reason },
    );
  });

  it('are left alone where the workspace is switched off', async () => {
    const roots = await started(false, beside('never'));
    const reason = 'The operator switched the workspace off (MCP_ENABLE_REAL_TOOLS=false)';
    expect(roots.status()).toEqual({ state: 'not configured', reason, missing: ['MCP_ENABLE_REAL_TOOLS'] });
    expect(await refusalOf(roots.withDirectory('.', () => Promise.resolve()))).toBe(`not-configured: ${reason}`);
    expect(readdirSync(workspace.directory)).not.toContain('never');
  });
});

describe('where a path is, for rules on arguments', () => {
  it.each<[path: string, places: string[]]>([
    ['dir/file', ['app/dir/file']],
    ['dir/../dir/./file', ['app/dir/file']],
    ['dir/nothing/yet', ['app/dir/nothing/yet']],
    ['to-dir/file', ['app/to-dir/file', 'app/dir/file']],
    ['to-secret/nothing', ['app/to-secret/nothing', 'app-secret/nothing']],
    ['docs:guide', ['docs/guide']],
  ])('%s is %j', (path, places) => {
    const found = [workspace.roots.whereIs(path, 'path')].flat();
    expect(found).toEqual(places.map((place) => beside(place)));
  });

  it('is the same by its absolute path', () => {
    expect(workspace.roots.whereIs(beside('app/dir/file'), 'path')).toBe(beside('app/dir/file'));
  });

  it('is refused outside of the roots', () => {
    expect(() => workspace.roots.whereIs('../app-secret/key', 'source')).toThrow(/^source: expected a path inside/);
  });
});
