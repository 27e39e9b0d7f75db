import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git, makeRepository } from '../../libs/services/src/workspace/testing/evil-repositories.js';
import type { Sample } from './sample.js';

/** Of the git tools and of commands, in repositories of their own below a directory of the workspace. */
export function gitSamples(directory: string): Record<string, Sample> {
  const at = (...names: string[]) => join(directory, ...names);
  for (const name of ['repo', 'staging', 'switching']) makeRepository(at(name));
  writeFileSync(at('repo/a.txt'), 'two\n');
  const change = async () => {
    writeFileSync(at('staging/a.txt'), `${randomUUID()}\n`);
  };
  return {
    'workspace.git_status': { input: { path: 'repo' }, command: '/mcp-workspace git_status repo' },
    'workspace.git_diff': { input: { path: 'repo' }, command: '/mcp-workspace git_diff repo' },
    'workspace.git_log': {
      input: { path: 'repo', ref: 'other', limit: 1 },
      command: '/mcp-workspace git_log repo --ref other --limit 1',
    },
    'workspace.git_show': {
      input: { path: 'repo', ref: 'other' },
      command: '/mcp-workspace git_show other --path repo',
    },
    'workspace.git_branch': { input: { path: 'repo' }, command: '/mcp-workspace git_branch repo' },
    'workspace.git_blame': {
      input: { path: 'repo', file: 'a.txt' },
      command: '/mcp-workspace git_blame a.txt --path repo',
    },
    'workspace.git_add': {
      input: { path: 'staging', files: ['a.txt'] },
      command: '/mcp-workspace git_add a.txt --path staging',
      before: change,
    },
    'workspace.git_commit': {
      input: { path: 'staging', message: 'Change a' },
      command: `/mcp-workspace git_commit 'Change a' --path staging`,
      stable: ({ branch, files }: { branch: string; files: string[] }) => [branch, files],
      before: async () => {
        await change();
        git(at('staging'), 'add', 'a.txt');
      },
    },
    'workspace.git_checkout': {
      input: { path: 'switching', ref: 'other' },
      command: '/mcp-workspace git_checkout other --path switching',
    },
    'workspace.execute_command': {
      input: { command: 'cat', args: ['a.txt'], cwd: 'repo' },
      command: '/mcp-workspace execute_command cat a.txt --cwd repo',
    },
  };
}
