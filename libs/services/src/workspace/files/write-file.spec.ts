import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeFile as declaration } from '../operations/writing.js';
import { openWorkspace, refusalOf, type TestWorkspace } from '../testing/workspace.js';
import { temporaryName } from './left-overs.js';
import { writeFile } from './write-file.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await openWorkspace();
  mkdirSync(workspace.at('dir'));
  mkdirSync(workspace.at('repo/.git/hooks'), { recursive: true });
  mkdirSync(join(workspace.directory, 'outside'));
  writeFileSync(join(workspace.directory, 'outside/key'), 'secret');
  symlinkSync('../outside/key', workspace.at('to-key'));
  symlinkSync('../outside', workspace.at('to-outside'));
  symlinkSync('../outside/new', workspace.at('to-new'));
  symlinkSync('repo/.git', workspace.at('to-git'));
  symlinkSync('dir', workspace.at('to-dir'));
  linkSync(join(workspace.directory, 'outside/key'), workspace.at('hard'));
  execFileSync('mkfifo', [workspace.at('fifo')]);
});
afterAll(() => workspace.close());

const write = (path: string, content: string, more: object = {}) =>
  writeFile(workspace.roots, declaration.input.parse({ path, content, ...more }));
const contentOf = (name: string) => readFileSync(workspace.at(name), 'utf8');

describe('a file', () => {
  it('is made, replaced and added to', async () => {
    expect(await write('dir/a', 'one')).toEqual({ path: 'dir/a', size: 3, created: true });
    expect(await write('dir/a', 'zwölf')).toEqual({ path: 'dir/a', size: 6, created: false });
    expect(await write('dir/a', '!', { mode: 'append' })).toEqual({ path: 'dir/a', size: 7, created: false });
    expect(contentOf('dir/a')).toBe('zwölf!');
    expect(await write('dir/b', 'new', { mode: 'append' })).toEqual({ path: 'dir/b', size: 3, created: true });
    expect(await write('to-dir/c', 'c', { mode: 'create' })).toEqual({ path: 'dir/c', size: 1, created: true });
    expect(readdirSync(workspace.at('dir'))).toEqual(['a', 'b', 'c']);
  });

  it('is not replaced by create', async () => {
    await write('kept', 'kept');
    expect(await refusalOf(write('kept', 'new', { mode: 'create' }))).toBe('failed: "kept" exists already');
    expect(contentOf('kept')).toBe('kept');
  });

  it('is made once by many that create it at the same time', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => write('once', `writer ${index}`, { mode: 'create' })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(contentOf('once')).toMatch(/^writer \d+$/);
  });

  it('is never seen half written', async () => {
    const [one, other] = ['1'.repeat(500_000), '2'.repeat(400_000)];
    await write('whole', one);
    let writing = true;
    const writers = (async () => {
      for (let i = 0; i < 10; i++) await write('whole', i % 2 === 0 ? other : one);
      writing = false;
    })();
    while (writing) {
      expect([one, other]).toContain(contentOf('whole'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writers;
  });

  it('keeps its permissions when it is replaced', async () => {
    await write('script', 'a');
    chmodSync(workspace.at('script'), 0o750);
    await write('script', 'b');
    expect(statSync(workspace.at('script')).mode & 0o7777).toBe(0o750);
  });

  it('takes bytes', async () => {
    await write('bytes', Buffer.of(0, 255, 10).toString('base64'), { encoding: 'base64' });
    expect([...readFileSync(workspace.at('bytes'))]).toEqual([0, 255, 10]);
  });

  it.each([
    ['not base64!', 'base64', 'invalid: content: expected base64 with padding, got something else'],
    ['half \ud800', 'utf8', 'invalid: content: expected text of whole characters, got something else'],
  ])('refuses %j as %s', async (content, encoding, refusal) => {
    await expect(refusalOf(Promise.resolve().then(() => write('x', content, { encoding })))).resolves.toBe(refusal);
  });
});

describe.each(['create', 'overwrite', 'append'])('%s', (mode) => {
  const outside = 'is not in the workspace; links that lead out of it are not followed';
  const git = 'belongs to git, whose files are changed by the git tools alone';
  it.each([
    ['.', 'is the workspace itself'],
    ['nothing/x', outside],
    ['to-outside/new', outside],
    ['dir/a/x', 'is not in the workspace; a part of its path is no directory'],
    ['repo/.git/hooks/pre-commit', git],
    ['repo/.git/config', git],
    ['repo/.git/packed-refs', git],
    ['to-git/config', git],
    ['repo/.git', git],
    ['dir/.GIT', git],
    ['dir/.git ', git],
  ])('refuses %s', async (path, reason) => {
    expect(await refusalOf(write(path, 'evil', { mode }))).toBe(`failed: ${JSON.stringify(path)} ${reason}`);
  });

  it.each(['to-key', 'to-new', 'hard', 'fifo', 'dir'])('leaves %s alone', async (path) => {
    expect(await refusalOf(write(path, 'evil', { mode }))).toMatch(/^failed: "/);
    expect(readFileSync(join(workspace.directory, 'outside/key'), 'utf8')).toBe('secret');
    expect(readdirSync(join(workspace.directory, 'outside'))).toEqual(['key']);
  });

  it.each([
    ['bare.git/hooks/pre-commit', { HEAD: '', 'objects/x': '', 'refs/x': '', 'hooks/x': '' }],
    ['bare.git/config', { HEAD: '', 'objects/x': '', 'refs/x': '' }],
    ['bare.git/HEAD', { 'objects/x': '', 'refs/x': '' }],
    ['bare.git/head', { 'objects/x': '', 'refs/x': '' }],
    ['bare.git/worktrees/one/config', { HEAD: '', 'objects/x': '', 'refs/x': '', 'worktrees/one/HEAD': '' }],
    ['bare.git/config', { HEAD: '', commondir: '../elsewhere' }],
    ['bare.git/commondir', { HEAD: '' }],
  ])('refuses %s of a repository by another name that has %j', async (path, files) => {
    rmSync(workspace.at('bare.git'), { recursive: true, force: true });
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(workspace.at(`bare.git/${name}`)), { recursive: true });
      writeFileSync(workspace.at(`bare.git/${name}`), content);
    }
    expect(await refusalOf(write(path, 'evil', { mode }))).toBe(`failed: ${JSON.stringify(path)} ${git}`);
  });

  it('passes where a few names alone are git’s', async () => {
    mkdirSync(workspace.at('app/objects'), { recursive: true });
    mkdirSync(workspace.at('app/refs'), { recursive: true });
    await write(`app/objects/${mode}`, 'good', { mode });
    expect(contentOf(`app/objects/${mode}`)).toBe('good');
  });

  it('passes beside these', async () => {
    await write(`dir/${mode}`, 'good', { mode });
    expect(contentOf(`dir/${mode}`)).toBe('good');
  });
});

describe('what could not be appended whole', () => {
  const full = Object.assign(new Error('full'), { syscall: 'write', code: 'ENOSPC' });
  const handles = async () => {
    const handle = await open(workspace.at('dir'));
    return handle.close().then(() => Object.getPrototypeOf(handle) as FileHandle);
  };
  /** The disk takes half of what is appended. */
  const halving = async (meanwhile: () => void) =>
    vi
      .spyOn(await handles(), 'write')
      .mockImplementationOnce((async (bytes: Buffer) => {
        appendFileSync(workspace.at('log'), bytes.subarray(0, 2));
        meanwhile();
        return Promise.resolve({ bytesWritten: 2, buffer: bytes });
      }) as never)
      .mockImplementationOnce(() => Promise.reject(full));
  beforeEach(() => writeFileSync(workspace.at('log'), 'one\n'));
  afterEach(() => vi.restoreAllMocks());

  it('is taken back', async () => {
    await halving(() => undefined);
    expect(await refusalOf(write('log', 'two\n', { mode: 'append' }))).toContain('the disk is full');
    expect(contentOf('log')).toBe('one\n');
  });

  it('stays where others have appended meanwhile', async () => {
    await halving(() => appendFileSync(workspace.at('log'), 'theirs\n'));
    expect(await refusalOf(write('log', 'two\n', { mode: 'append' }))).toContain('the disk is full');
    expect(contentOf('log')).toBe('one\ntwtheirs\n');
  });

  it('does not hide why', async () => {
    await halving(() => undefined);
    vi.spyOn(await handles(), 'truncate').mockRejectedValueOnce(new Error('truncate'));
    expect(await refusalOf(write('log', 'two\n', { mode: 'append' }))).toContain('the disk is full');
  });
});

it('removes what a gateway left that was killed while it wrote, once it is old, and nothing else', async () => {
  const hourAgo = Date.now() / 1_000 - 3_700;
  const [old, fresh, directory] = [temporaryName(), temporaryName(), temporaryName()];
  const others = [`.${randomUUID()}.tmp`, '.mcp-gateway-notes.tmp'];
  mkdirSync(workspace.at(`killed/${directory}`), { recursive: true });
  for (const name of [old, fresh, ...others]) writeFileSync(workspace.at(`killed/${name}`), 'half');
  for (const name of [old, directory, ...others]) utimesSync(workspace.at(`killed/${name}`), hourAgo, hourAgo);
  await write('killed/new', 'content', { mode: 'create' });
  expect(readdirSync(workspace.at('killed')).sort()).toEqual([fresh, directory, ...others, 'new'].sort());
  rmSync(workspace.at('killed'), { recursive: true });
});

it('leaves no temporary files', () => {
  const names = readdirSync(workspace.at(), { recursive: true }) as string[];
  expect(names.filter((name) => name.includes('.tmp'))).toEqual([]);
});

describe('several at once', () => {
  it('append to a file that was not there: all of it is kept, each whole', async () => {
    const parts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(1024 * 1024));
    const answers = await Promise.all(parts.map((part) => write('grown', part, { mode: 'append' })));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    const runs = readFileSync(workspace.at('grown'), 'utf8').match(/(.)\1*/g);
    expect(runs?.sort()).toEqual(parts);
  });

  it('overwrite a file that was not there: none is refused', async () => {
    const answers = await Promise.all(['1', '2', '3'].map((text) => write('contested', text)));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(['1', '2', '3']).toContain(readFileSync(workspace.at('contested'), 'utf8'));
  });

  it('create one: one of them has it, and nothing else is left in its directory', async () => {
    mkdirSync(workspace.at('only'));
    const both = await Promise.allSettled(['1', '2'].map((text) => write('only/one', text, { mode: 'create' })));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(workspace.at('only'))).toEqual(['one']);
    const winner = both[0]?.status === 'fulfilled' ? '1' : '2';
    expect(readFileSync(workspace.at('only/one'), 'utf8')).toBe(winner);
  });
});
