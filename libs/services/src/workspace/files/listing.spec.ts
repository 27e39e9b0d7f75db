import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as declared from '../operations/reading.js';
import { openWorkspace, refusalOf, type TestWorkspace } from '../testing/workspace.js';
import { directoryTree, treeOf } from './directory-tree.js';
import { fileInfo } from './file-info.js';
import { listDirectory } from './list-directory.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await openWorkspace('docs');
  for (const directory of ['src/deep/deeper', 'node_modules/x', '.git/hooks'])
    mkdirSync(workspace.at(directory), { recursive: true });
  mkdirSync(join(workspace.directory, 'outside'));
  writeFileSync(join(workspace.directory, 'outside/key'), 'secret');
  writeFileSync(join(workspace.directory, 'docs/guide'), '12345');
  writeFileSync(workspace.at('b'), 'bb');
  writeFileSync(workspace.at('src/a'), 'a');
  writeFileSync(workspace.at('src/deep/c'), '');
  symlinkSync('../outside', workspace.at('link'));
  execFileSync('mkfifo', [workspace.at('fifo')]);
});
afterAll(() => workspace.close());

const { signal } = new AbortController();
const list = (path: string, more: object = {}) =>
  listDirectory(workspace.roots, declared.listDirectory.input.parse({ path, ...more }), signal);
const tree = (more: object = {}) => directoryTree(workspace.roots, declared.directoryTree.input.parse(more), signal);

describe('a list', () => {
  it('shows what is in a directory, links and pipes included, and the other roots', async () => {
    expect(await list('.')).toEqual({
      path: '.',
      entries: [
        { path: '.git', type: 'directory' },
        { path: 'b', type: 'file', size: 2 },
        { path: 'fifo', type: 'other' },
        { path: 'link', type: 'symlink' },
        { path: 'node_modules', type: 'directory' },
        { path: 'src', type: 'directory' },
      ],
      more: false,
      roots: ['docs:'],
    });
    expect(await list('docs:')).toEqual({
      path: 'docs:',
      entries: [{ path: 'docs:guide', type: 'file', size: 5 }],
      more: false,
    });
  });

  it('goes down level by level, as far as it is asked to', async () => {
    const paths = async (more: object) =>
      (await list('src', { recursive: true, ...more })).entries.map(({ path }) => path);
    expect(await paths({})).toEqual(['src/a', 'src/deep', 'src/deep/c', 'src/deep/deeper']);
    expect(await paths({ depth: 1 })).toEqual(['src/a', 'src/deep']);
    const all = (await list('.', { recursive: true })).entries.map(({ path }) => path);
    expect(all.filter((path) => /^(\.git|node_modules|link)\//.test(path))).toEqual([]);
    expect((await list('.git')).entries).toEqual([{ path: '.git/hooks', type: 'directory' }]);
  });

  it('says when there are more', async () => {
    expect(await list('.', { limit: 2 })).toMatchObject({ entries: [{ path: '.git' }, { path: 'b' }], more: true });
    expect(await list('.', { limit: 6 })).toMatchObject({ more: false });
    expect(await list('src', { recursive: true, limit: 3 })).toMatchObject({ more: true });
  });

  it('is refused for what is no directory of the workspace', async () => {
    expect(await refusalOf(list('b'))).toBe('failed: "b" is not a directory');
    expect(await refusalOf(list('link'))).toBe('failed: "link" is a symbolic link; use the path that it leads to');
    expect(await refusalOf(list('link/x'))).toContain('is not in the workspace');
  });
});

describe('a tree', () => {
  it('shows names below their directories', async () => {
    expect(await tree()).toEqual({
      path: '.',
      tree: '.git/\nb\nfifo=\nlink@\nnode_modules/\nsrc/\n  a\n  deep/\n    c\n    deeper/',
      entries: 10,
      more: false,
    });
    expect(await tree({ path: 'src', limit: 1 })).toEqual({ path: 'src', tree: 'a', entries: 1, more: true });
  });

  it('keeps a name on its line', () => {
    expect(treeOf([{ below: 'a\nb\u2028c\u0007', type: 'file' }])).toBe('a\\u{a}b\\u{2028}c\\u{7}');
  });
});

describe('facts', () => {
  it('are those of the thing itself, which is not opened', async () => {
    expect(await fileInfo(workspace.roots, 'b')).toEqual({
      path: 'b',
      type: 'file',
      size: 2,
      created: expect.stringMatching(/Z$/) as string,
      modified: expect.stringMatching(/Z$/) as string,
      permissions: expect.stringMatching(/^06\d\d$/) as string,
      links: 1,
    });
    expect(await fileInfo(workspace.roots, 'link')).toMatchObject({ path: 'link', type: 'symlink' });
    expect(await fileInfo(workspace.roots, 'fifo')).toMatchObject({ type: 'other' });
    expect(await fileInfo(workspace.roots, 'src')).toMatchObject({ type: 'directory' });
    expect(await refusalOf(fileInfo(workspace.roots, 'link/key'))).toContain('is not in the workspace');
  });
});
