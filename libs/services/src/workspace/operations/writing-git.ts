import { z } from 'zod';
import { declare } from '#libs/kit';
import { branch, files, repository, revision, top } from './git-fields.js';

const writing = { permission: 'write' } as const;

export const gitAdd = declare({
  name: 'git_add',
  tool: 'git_add',
  title: 'Stage changes',
  description: 'Stages changed, new and deleted files for the next commit. Nothing in the repository is run for it.',
  slash: 'git_add <files...>',
  input: z.object({
    path: repository,
    files: files.min(1).describe('Files or directories by their paths below the top of the repository; "." stages all'),
  }),
  output: z.object({ repository: top, staged: z.array(z.string()).describe('All that the next commit would change') }),
  ...writing,
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
});

export const gitCommit = declare({
  name: 'git_commit',
  tool: 'git_commit',
  title: 'Commit what is staged',
  description:
    'Makes a commit of what is staged, in the caller’s name. It runs no hooks and signs nothing; it says so where nothing is staged.',
  slash: 'git_commit <message>',
  input: z.object({
    path: repository,
    message: z
      .string()
      .max(20_000)
      .regex(/^[^\0]*\S[^\0]*$/, 'expected a message')
      .describe('What was changed and why: a short first line, then an empty one and the rest'),
  }),
  output: z.object({ repository: top, branch, hash: z.string(), files: z.array(z.string()) }),
  ...writing,
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
});

export const gitCheckout = declare({
  name: 'git_checkout',
  tool: 'git_checkout',
  title: 'Switch branches or restore files',
  description:
    'Switches to a branch, tag or commit, with create to a new branch; uncommitted changes that are in the way stop it. With files it brings those back instead, as they are staged or as they were in ref, over what they are now.',
  slash: 'git_checkout [ref]',
  input: z.object({
    path: repository,
    ref: revision.optional().describe('A branch, tag or commit, such as main; with create the new branch’s name'),
    create: z.boolean().default(false).describe('Make a new branch of that name'),
    from: revision.optional().describe('Where the new branch begins; by default where HEAD is'),
    files: files.default([]).describe('Files to bring back, by their paths below the top of the repository'),
  }),
  output: z.object({
    repository: top,
    branch,
    commit: z.string().nullable(),
    restored: z.array(z.string()).describe('Files that were brought back'),
  }),
  ...writing,
  annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
});
