import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationContext } from '#libs/kit';
import { searchFiles as declaration } from '../operations/reading.js';
import { openWorkspace, refusalOf, type TestWorkspace } from '../testing/workspace.js';
import { provenLines } from './proven-lines.js';
import { searchFiles } from './search-files.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await openWorkspace('docs');
  for (const directory of ['src/deep', 'dist', '.git', '.github'])
    mkdirSync(workspace.at(directory), { recursive: true });
  mkdirSync(join(workspace.directory, 'outside'));
  writeFileSync(join(workspace.directory, 'outside/key'), 'needle secret\n');
  writeFileSync(join(workspace.directory, 'docs/guide.md'), 'a needle in the docs\n');
  writeFileSync(workspace.at('.gitignore'), 'dist\n');
  writeFileSync(workspace.at('src/a.ts'), 'first\r\na needle, ünd more\r\n  Needle\r\n');
  writeFileSync(workspace.at('src/deep/b.js'), 'no\nneedle'.repeat(3));
  writeFileSync(workspace.at('src/-e'), 'needle at a hyphen\n');
  writeFileSync(workspace.at('dist/c.js'), 'needle\n');
  writeFileSync(workspace.at('.git/config'), 'needle\n');
  writeFileSync(workspace.at('.github/ci.yml'), 'needle: yes\n');
  writeFileSync(workspace.at('binary'), 'needle\0\n');
  symlinkSync('../outside', workspace.at('to-outside'));
  symlinkSync('../outside/key', workspace.at('to-key'));
  linkSync(join(workspace.directory, 'outside/key'), workspace.at('hard'));
  execFileSync('mkfifo', [workspace.at('fifo')]);
});
afterAll(() => workspace.close());

const context = { signal: new AbortController().signal, remainingMs: 30_000 } as OperationContext;
const search = (request: object, within: Partial<OperationContext> = {}) =>
  searchFiles(workspace.roots, declaration.input.parse(request), { ...context, ...within });
const paths = async (request: object) => (await search(request)).results.map(({ path }) => path);

describe('names', () => {
  it('are found by a glob', async () => {
    expect(await search({ pattern: '*.ts' })).toEqual({ results: [{ path: 'src/a.ts' }], more: false });
    expect(await paths({ pattern: 'src/**' })).toEqual(['src/-e', 'src/a.ts', 'src/deep/b.js']);
    expect(await paths({ path: 'src', pattern: '*.{js,ts}' })).toEqual(['src/a.ts', 'src/deep/b.js']);
    expect(await paths({ path: 'docs:' })).toEqual(['docs:guide.md']);
    expect(await paths({ pattern: '*.py' })).toEqual([]);
  });

  it('are those of files, without what is git’s and what .gitignore names', async () => {
    const visible = ['.github/ci.yml', '.gitignore', 'binary', 'hard', 'src/-e', 'src/a.ts', 'src/deep/b.js'];
    expect(await paths({})).toEqual(visible);
    expect(await paths({ ignored: true })).toEqual([...visible.slice(0, 3), 'dist/c.js', ...visible.slice(3)]);
  });

  it('that .gitignore names are no more found by a glob, and no others than those of the glob', async () => {
    mkdirSync(workspace.at('kept'));
    writeFileSync(workspace.at('kept/.gitignore'), '*.gen.ts\n!also.md\n');
    for (const name of ['a.ts', 'b.gen.ts', 'also.md']) writeFileSync(workspace.at(`kept/${name}`), 'needle in it\n');
    const found = (request: object) => paths({ path: 'kept', ...request });
    expect(await found({ pattern: '*.ts' })).toEqual(['kept/a.ts']);
    expect(await found({ pattern: '**/*.ts', regex: 'needle' })).toEqual(['kept/a.ts']);
    expect(await found({ pattern: '*.ts', ignored: true })).toEqual(['kept/a.ts', 'kept/b.gen.ts']);
    expect(await found({ pattern: '!*.ts' })).toEqual(['kept/.gitignore', 'kept/also.md']);
    rmSync(workspace.at('kept'), { recursive: true });
  });

  it('are cut at the limit', async () => {
    expect(await search({ limit: 2 })).toEqual({
      results: [{ path: '.github/ci.yml' }, { path: '.gitignore' }],
      more: true,
    });
    expect(await search({ limit: 7 })).toMatchObject({ more: false });
  });
});

describe('lines', () => {
  it('are found by a regular expression, with their numbers, in files that may be read', async () => {
    expect(await search({ regex: '(?i)^.*needle' })).toEqual({
      results: [
        { path: '.github/ci.yml', line: 1, text: 'needle: yes' },
        { path: 'src/-e', line: 1, text: 'needle at a hyphen' },
        { path: 'src/a.ts', line: 2, text: 'a needle, ünd more' },
        { path: 'src/a.ts', line: 3, text: '  Needle' },
        { path: 'src/deep/b.js', line: 2, text: 'needleno' },
        { path: 'src/deep/b.js', line: 3, text: 'needleno' },
        { path: 'src/deep/b.js', line: 4, text: 'needle' },
      ],
      more: false,
    });
  });

  it('are cut, each and all of them', async () => {
    writeFileSync(workspace.at('src/long.txt'), `hay${'x'.repeat(3_000_000)}\n`);
    expect(await search({ regex: 'hay' })).toEqual({
      results: [{ path: 'src/long.txt', line: 1, text: `hay${'x'.repeat(297)}…` }],
      more: false,
    });
    expect(await search({ regex: 'needle', pattern: '*.js', limit: 2 })).toMatchObject({
      results: [{ line: 2 }, { line: 3 }],
      more: true,
    });
  });

  it('take time in proportion to the files, whatever the expression', async () => {
    writeFileSync(workspace.at('src/evil.txt'), `${'a'.repeat(100_000)}!\n`);
    expect(await search({ path: 'src', pattern: 'evil.txt', regex: '^(a+)+$' })).toEqual({ results: [], more: false });
  });

  it('are not taken from a file that is another one than ripgrep saw', async () => {
    writeFileSync(workspace.at('swapped'), 'needle here\nline two\n');
    const found = [{ path: './swapped', line: 1, offset: 0, text: Buffer.from('needle secret') }];
    await workspace.roots.withDirectory('.', async (directory) => {
      expect(await provenLines(workspace.roots, directory, found)).toEqual([]);
      const own = [{ path: './swapped', line: 1, offset: 0, text: Buffer.from('needle here') }];
      expect(await provenLines(workspace.roots, directory, own)).toEqual([
        { path: 'swapped', line: 1, text: 'needle here' },
      ]);
      symlinkSync('../outside', workspace.at('src/swap'));
      renameSync(workspace.at('src/swap'), workspace.at('src/was-a-directory'));
      const outside = [{ path: './src/was-a-directory/key', line: 1, offset: 0, text: Buffer.from('needle secret') }];
      expect(await provenLines(workspace.roots, directory, outside)).toEqual([]);
    });
  });
});

describe('a search', () => {
  it.each([
    [
      { regex: '(' },
      /^invalid: regex: expected a regular expression of ripgrep’s syntax, got regex parse error:\n.*unclosed group$/s,
    ],
    [{ regex: '(\\w{1000}){1000}' }, /^invalid: regex: .*exceeds size limit/],
    [{ regex: 'a(?=b)' }, /^invalid: regex: .*look-around/s],
    [{ pattern: '[' }, /^invalid: pattern: expected a glob, got error parsing glob '\[': unclosed character class/],
    [{ path: 'to-outside', regex: 'x' }, /^failed: "to-outside" is a symbolic link/],
    [{ regex: 'a\0b' }, /^invalid: regex: expected no NUL character/],
    [{ pattern: '\0' }, /^invalid: pattern: expected no NUL character/],
    [{ path: '..' }, /^invalid: path: /],
  ])('%j is refused, and says why', async (request, refusal) => {
    const told = await refusalOf(search(request));
    expect(told).toMatch(refusal);
    expect(told).not.toContain(workspace.directory);
  });

  it('takes no option for one', async () => {
    expect(await paths({ path: 'src', regex: '--pre=touch' })).toEqual([]);
    expect(await paths({ path: 'src', pattern: '--files-with-matches' })).toEqual([]);
  });

  it('answers with what it has when the time is up', async () => {
    expect(await search({ regex: 'needle' }, { remainingMs: 0 })).toEqual({ results: [], more: true });
  });

  it('that hangs ends with its call, and leaves no process', async () => {
    mkdirSync(workspace.at('trap'));
    execFileSync('mkfifo', [workspace.at('trap/.gitignore')]);
    const leaving = new AbortController();
    const hanging = search({ path: 'trap' }, { signal: leaving.signal });
    setImmediate(() => leaving.abort(new Error('the client left')));
    await expect(hanging).rejects.toThrow('the client left');
  });
});
