import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Found } from '../roots/found.js';
import { refuseGitDirectory } from '../roots/git-directories.js';
import { openWorkspace, refusalOf, type TestWorkspace } from '../testing/workspace.js';
import { createDirectory } from './create-directory.js';
import { editFile } from './edit-file.js';
import { moveFile } from './move-file.js';
import { writeFile } from './write-file.js';

let workspace: TestWorkspace;
beforeEach(async () => {
  workspace = await openWorkspace('docs');
  mkdirSync(workspace.at('dir/deep'), { recursive: true });
  mkdirSync(workspace.at('repo/.git/hooks'), { recursive: true });
  mkdirSync(join(workspace.directory, 'outside'));
  writeFileSync(workspace.at('file'), 'content');
  symlinkSync('../outside', workspace.at('to-outside'));
  symlinkSync('file', workspace.at('link'));
  symlinkSync('dir', workspace.at('to-dir'));
});
afterEach(() => workspace.close());

const move = (source: string, destination: string) => moveFile(workspace.roots, { source, destination });
const make = (path: string) => createDirectory(workspace.roots, path);
const tree = () =>
  (readdirSync(workspace.at(), { recursive: true }) as string[]).filter((name) => !name.startsWith('repo')).sort();

describe('moving', () => {
  it('renames a file', async () => {
    expect(await move('file', 'dir/new')).toEqual({ source: 'file', destination: 'dir/new' });
    expect(readFileSync(workspace.at('dir/new'), 'utf8')).toBe('content');
    expect(tree()).not.toContain('file');
  });

  it('moves a directory with all that is in it, also to another root', async () => {
    expect(await move('dir', 'docs:there')).toEqual({ source: 'dir', destination: 'docs:there' });
    expect(readdirSync(join(workspace.directory, 'docs'), { recursive: true })).toEqual(['there', 'there/deep']);
  });

  const git = 'belongs to git, whose files are changed by the git tools alone';
  const outside = 'is not in the workspace; links that lead out of it are not followed';
  it.each([
    ['nothing', 'x', `"nothing" ${outside}`],
    ['file', 'dir', '"dir" exists already'],
    ['dir', 'file', '"file" exists already'],
    ['dir', 'repo', '"repo" exists already'],
    ['dir', 'dir/deep/x', '"dir" can’t be moved into itself'],
    ['file', 'nothing/x', `"nothing/x" ${outside}`],
    ['file', 'to-outside/x', `"to-outside/x" ${outside}`],
    ['link', 'x', '"link" is a symbolic link; use the path that it leads to'],
    ['hard', 'x', '"hard" has more than one name (hard links), of which another one may be outside of the workspace'],
    ['.', 'x', '"." is the workspace itself'],
    ['file', '.', '"." is the workspace itself'],
    ['repo/.git', 'x', `"repo/.git" ${git}`],
    ['dir', 'repo/.git/x', `"repo/.git/x" ${git}`],
    ['dir', 'dir2/../.GIT', `".GIT" ${git}`],
    ['file', 'repo/.git/hooks/post-checkout', `"repo/.git/hooks/post-checkout" ${git}`],
  ])('%s to %s is refused, and nothing is changed', async (source, destination, refusal) => {
    writeFileSync(join(workspace.directory, 'key'), 'secret');
    linkSync(join(workspace.directory, 'key'), workspace.at('hard'));
    const before = tree();
    expect(await refusalOf(move(source, destination))).toBe(`failed: ${refusal}`);
    expect(tree()).toEqual(before);
    expect(readdirSync(join(workspace.directory, 'outside'))).toEqual([]);
  });

  it('makes no repository of what lies there', async () => {
    for (const part of ['a/objects', 'a/refs', 'a/x', 'b/refs']) mkdirSync(workspace.at(part), { recursive: true });
    writeFileSync(workspace.at('b/HEAD'), 'ref: refs/heads/main');
    writeFileSync(workspace.at('b/commondi'), '../a');
    expect(await refusalOf(move('b/HEAD', 'a/HEAD'))).toBe(`failed: "a/HEAD" ${git}`);
    expect(await refusalOf(move('b/commondi', 'b/commondir'))).toBe(`failed: "b/commondir" ${git}`);
    await move('a/objects', 'b/elsewhere');
    expect(await refusalOf(move('b/elsewhere', 'b/objects'))).toBe(`failed: "b/objects" ${git}`);
    expect(await refusalOf(make('b/objects/aa'))).toBe(`failed: "b/objects" ${git}`);
  });

  it('makes none by two changes at once', async () => {
    for (let i = 0; i < 10; i++) {
      mkdirSync(workspace.at(`x${i}/objects`), { recursive: true });
      const head = { path: `x${i}/HEAD`, content: '', encoding: 'utf8', mode: 'create' } as const;
      const both = await Promise.allSettled([writeFile(workspace.roots, head), make(`x${i}/refs`)]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });

  it('moves no repository, whatever that is called', async () => {
    for (const part of ['bare/objects', 'bare/refs']) mkdirSync(workspace.at(part), { recursive: true });
    writeFileSync(workspace.at('bare/HEAD'), 'ref: refs/heads/main');
    expect(await refusalOf(move('bare', 'x'))).toBe(`failed: "bare" ${git}`);
  });

  it('changes nothing in a repository that is moved meanwhile with what is above it', async () => {
    for (const part of ['p/bare/objects', 'p/bare/refs', 'p/bare/hooks'])
      mkdirSync(workspace.at(part), { recursive: true });
    writeFileSync(workspace.at('p/bare/HEAD'), 'ref: refs/heads/main');
    const held = await Found.at(workspace.at('p/bare/hooks'));
    await move('p', 'q');
    const refused = refuseGitDirectory(held, 'pre-receive', workspace.at(), 'x').finally(() => held.close());
    expect(await refusalOf(refused)).toBe(`failed: "x" ${git}`);
  });

  it('waits for a change of the file, and is waited for', async () => {
    for (let i = 0; i < 10; i++) {
      writeFileSync(workspace.at('e'), 'old');
      const edits = [{ oldText: 'old', newText: 'new', all: false }];
      const [edited, moved] = await Promise.allSettled([
        editFile(workspace.roots, { path: 'e', edits, dryRun: false }),
        move('e', 'f'),
      ]);
      expect(moved.status).toBe('fulfilled');
      expect(readFileSync(workspace.at('f'), 'utf8')).toBe(edited.status === 'fulfilled' ? 'new' : 'old');
      expect(tree()).not.toContain('e');
      rmSync(workspace.at('f'));
    }
  });

  it('does not wait for a move the other way', async () => {
    writeFileSync(workspace.at('one'), '');
    const both = [move('one', 'two'), move('two', 'one'), move('one', 'one')].map((each) =>
      each.catch(() => undefined),
    );
    await Promise.all(both);
    expect(tree().filter((name) => name === 'one' || name === 'two')).toHaveLength(1);
  });

  it('replaces nothing, whoever comes first', async () => {
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(workspace.at(name), name);
    const moves = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => move(name, 'dir/one')));
    expect(moves.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(['a', 'b', 'c', 'd'].filter((name) => tree().includes(name))).toHaveLength(3);
  });

  it('names the field that is wrong', async () => {
    expect(await refusalOf(move('file', '../x'))).toMatch(
      /^invalid: destination: expected a path inside the workspace/,
    );
    expect(await refusalOf(move('/etc/passwd', 'x'))).toMatch(/^invalid: source: expected a path inside the workspace/);
  });
});

describe('a directory', () => {
  it('is created with those above it', async () => {
    expect(await make('a/b/c')).toEqual({ path: 'a/b/c', created: true });
    expect(await make('a/b/c')).toEqual({ path: 'a/b/c', created: false });
    expect(await make('to-dir/x/y')).toEqual({ path: 'dir/x/y', created: true });
    expect(await make('docs:guide/one')).toEqual({ path: 'docs:guide/one', created: true });
    expect(await make('.')).toEqual({ path: '.', created: false });
    expect(tree()).toEqual(expect.arrayContaining(['a/b/c', 'dir/x/y']));
  });

  it.each([
    ['file', '"file" is not a directory'],
    ['file/x', '"file/x" is not in the workspace; a part of its path is no directory'],
    ['to-outside', '"to-outside" is a symbolic link; use the path that it leads to'],
    ['to-outside/x/y', '"to-outside" is a symbolic link; use the path that it leads to'],
    ['repo/.git/hooks/x', '"repo/.git/hooks/x" belongs to git, whose files are changed by the git tools alone'],
    ['new/.git', '"new/.git" belongs to git, whose files are changed by the git tools alone'],
  ])('%s is refused', async (path, refusal) => {
    expect(await refusalOf(make(path))).toBe(`failed: ${refusal}`);
    expect(readdirSync(join(workspace.directory, 'outside'))).toEqual([]);
  });
});
