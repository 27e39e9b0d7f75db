import { z } from 'zod';
import { declare } from '#libs/kit';
import { reading } from './fields.js';
import {
  branch,
  change,
  changedFiles,
  commit,
  file,
  files,
  head,
  repository,
  revision,
  top,
  truncated,
} from './git-fields.js';

const DEFAULT_COMMITS = 20;

const moment = z.union(
  [z.iso.datetime({ offset: true }), z.iso.date()],
  'a date, or a time with its zone, as in ISO 8601',
);

const changes = z.array(z.object({ path: z.string(), change, from: z.string().optional().describe('Its old name') }));

export const gitStatus = declare({
  name: 'git_status',
  tool: 'git_status',
  title: 'Show what changed',
  description:
    'Shows the state of a git repository in the workspace: its branch, what is staged, what is changed but not staged, and which files are new.',
  slash: 'git_status [path]',
  input: z.object({ path: repository }),
  output: z.object({
    repository: top,
    branch,
    commit: head,
    upstream: z.string().optional().describe('The branch that this one follows'),
    ahead: z.int().optional(),
    behind: z.int().optional(),
    clean: z.boolean(),
    staged: changes,
    unstaged: changes,
    untracked: z.array(z.string()),
    conflicted: z.array(z.string()),
    more: z.boolean().describe('There are more changes than fit'),
  }),
  ...reading,
});

export const gitDiff = declare({
  name: 'git_diff',
  tool: 'git_diff',
  title: 'Show changes as a diff',
  description:
    'Shows changes line by line: of the files against what is staged, with staged of that against the last commit, with from and to between commits.',
  slash: 'git_diff [path]',
  input: z.object({
    path: repository,
    staged: z.boolean().default(false).describe('Of what is staged, against the last commit or against from'),
    from: revision.optional().describe('A branch, tag or commit to compare with'),
    to: revision.optional().describe('Another one; without it the files as they are now. Needs from'),
    files: files
      .default([])
      .describe('Only these files or directories, by their paths below the top of the repository'),
    context: z.int().min(0).max(100).default(3).describe('Unchanged lines around each change'),
  }),
  output: z.object({ repository: top, files: changedFiles, diff: z.string(), truncated }),
  ...reading,
});

export const gitLog = declare({
  name: 'git_log',
  tool: 'git_log',
  title: 'List commits',
  description: 'Lists the commits of a git repository, the newest first, filtered by files, author, time or message.',
  slash: 'git_log [path]',
  input: z.object({
    path: repository,
    ref: revision.default('HEAD').describe('Where to begin: a branch, tag or commit'),
    files: files
      .default([])
      .describe('Only commits that changed these, by their paths below the top of the repository'),
    author: z.string().min(1).max(200).optional().describe('Text in the author’s name or address'),
    search: z.string().min(1).max(200).optional().describe('Text in the message, in any case'),
    since: moment.optional().describe('ISO 8601 date or time'),
    until: moment.optional().describe('ISO 8601 date or time'),
    limit: z.int().min(1).max(200).default(DEFAULT_COMMITS).describe('Commits at most'),
    offset: z.int().min(0).max(1_000_000).default(0).describe('Commits to skip'),
  }),
  output: z.object({ repository: top, commits: z.array(commit), nextOffset: z.int().nullable() }),
  ...reading,
});

export const gitShow = declare({
  name: 'git_show',
  tool: 'git_show',
  title: 'Show a commit or an old file',
  description: 'Shows a commit with its changes, or with file the content of that file as it was in that commit.',
  slash: 'git_show [ref]',
  input: z.object({
    path: repository,
    ref: revision.default('HEAD'),
    file: file.optional().describe('A file to show as it was then, by its path below the top of the repository'),
  }),
  output: z.object({
    repository: top,
    commit,
    files: changedFiles.optional(),
    diff: z.string().optional(),
    content: z.string().optional().describe('Of the file'),
    truncated: z.boolean().describe('There is more than 1 MB of it'),
  }),
  ...reading,
});

export const gitBranch = declare({
  name: 'git_branch',
  tool: 'git_branch',
  title: 'List branches',
  description:
    'Lists the branches of a git repository, the ones with the newest commits first. git_checkout switches to one or creates one.',
  slash: 'git_branch [path]',
  input: z.object({ path: repository, remotes: z.boolean().default(false).describe('Also those of remotes') }),
  output: z.object({
    repository: top,
    current: branch,
    branches: z.array(z.object({ name: z.string(), hash: z.string(), date: z.string(), subject: z.string() })),
    more: z.boolean().describe('There are more than fit'),
  }),
  ...reading,
});

export const gitBlame = declare({
  name: 'git_blame',
  tool: 'git_blame',
  title: 'Who wrote which line',
  description: 'Tells for the lines of a file which commit they come from, in runs of lines from one commit.',
  slash: 'git_blame <file>',
  input: z.object({
    path: repository,
    file,
    ref: revision.default('HEAD').describe('As the file was in this branch, tag or commit'),
    from: z.int().min(1).max(10_000_000).default(1).describe('First line'),
    lines: z.int().min(1).max(5_000).default(500).describe('Lines at most'),
  }),
  output: z.object({
    repository: top,
    runs: z.array(
      z.object({
        from: z.int().describe('First line'),
        hash: z.string(),
        author: z.string(),
        date: z.string(),
        summary: z.string(),
        lines: z.array(z.string()),
      }),
    ),
    more: z.boolean().describe('The file goes on; ask again with a higher from'),
  }),
  ...reading,
});
