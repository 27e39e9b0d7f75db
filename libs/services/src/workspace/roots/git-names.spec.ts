import { describe, expect, it } from 'vitest';
import { isGitName, refuseGit } from './git-names.js';

describe('a name', () => {
  it.each([
    '.git',
    '.GIT',
    '.Git',
    '.git.',
    '.git ',
    '.git. .',
    '.g\u200cit',
    '\ufeff.git',
    '．git',
    '.git::$INDEX_ALLOCATION',
    'git~1',
    'GIT~2',
  ])('%j is git’s somewhere', (name) => {
    expect(isGitName(name)).toBe(true);
  });

  it.each(['.gitignore', '.github', 'git', '.gi', 'x.git', '.git-hooks', 'git~', 'hooks', 'config'])(
    '%j is not',
    (name) => {
      expect(isGitName(name)).toBe(false);
    },
  );
});

it('is told in linear time', () => {
  expect(isGitName(`a${'. '.repeat(100_000)}b`)).toBe(false);
});

it('is looked for in the whole path', () => {
  for (const path of ['/w/.git', '/w/a/.git/hooks/pre-commit', '/w/.GIT/config', '/w/.git/modules/x/config']) {
    expect(() => refuseGit(path, 'x')).toThrow('"x" belongs to git, whose files are changed by the git tools alone');
  }
  expect(() => refuseGit('/w/a/.github/x', 'x')).not.toThrow();
});
