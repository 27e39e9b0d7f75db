import { z } from 'zod';
import { declare } from '#libs/kit';
import {
  adding,
  branch,
  changing,
  extra,
  fields,
  login,
  next,
  page,
  path,
  reading,
  ref,
  repository,
  sha,
  time,
  total,
} from './fields.js';
import { fileShape } from './pull-requests.js';

export const branchShape = z.object({
  name: z.string(),
  sha: z.string().describe('Its newest commit'),
  protected: z.boolean(),
  extra,
});

export const commitShape = z.object({
  sha: z.string(),
  message: z.string(),
  author: z.string().nullable().describe('Login, or the name that git knows'),
  date: time,
  parents: z.array(z.string()),
  url: z.string(),
  extra,
});

export const listBranches = declare({
  name: 'list-branches',
  title: 'List branches',
  description: 'Lists the branches of a repository with their newest commits.',
  slash: 'list-branches [repo]',
  input: z.object({
    ...repository,
    protectedOnly: z.boolean().default(false).describe('Only those that are protected'),
    ...page,
  }),
  output: z.object({ branches: z.array(branchShape), nextCursor: next }),
  ...reading,
});

export const getBranch = declare({
  name: 'get-branch',
  title: 'Get a branch',
  description: 'Tells the newest commit of a branch, and whether the branch is protected.',
  input: z.object({ branch: branch('Name of the branch'), ...repository, fields }),
  output: branchShape.extend({ commit: commitShape }),
  ...reading,
});

export const createBranch = declare({
  name: 'create-branch',
  title: 'Create a branch',
  description: 'Creates a branch at the newest commit of another one. It fails where the name is taken.',
  slash: 'create-branch <name> [from]',
  input: z.object({
    name: branch('Name of the new branch'),
    from: branch('Branch to begin at; by default the default branch').optional(),
    ...repository,
  }),
  output: z.object({ name: z.string(), sha: z.string(), from: z.string() }),
  ...adding,
});

export const deleteBranch = declare({
  name: 'delete-branch',
  title: 'Delete a branch',
  description: 'Deletes a branch. Commits that are on no other branch are lost with it. The default branch is refused.',
  input: z.object({ name: branch('Name of the branch'), ...repository }),
  output: z.object({ deleted: z.string() }),
  permission: 'admin',
  annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
});

export const getFile = declare({
  name: 'get-file',
  title: 'Get a file',
  description:
    'Reads a file of a repository as text, up to 10 MiB, or lists a directory. A binary file is only described, unless base64 is asked for.',
  slash: 'get-file [path]',
  input: z.object({
    path: path.optional().describe('Path of a file or directory, such as "src/index.ts"; by default the root'),
    ref,
    ...repository,
    base64: z.boolean().default(false).describe('Answer the content as base64'),
  }),
  output: z.object({
    type: z.enum(['file', 'directory', 'symlink', 'submodule']),
    path: z.string(),
    sha: z.string().nullable().describe('Of the file; put-file and delete-file ask for it'),
    size: z.int().nullable().describe('Bytes'),
    text: z.string().optional(),
    binary: z.boolean().optional().describe('The file is no text'),
    base64: z.string().optional(),
    target: z.string().optional().describe('Of a symbolic link'),
    entries: z
      .array(z.object({ name: z.string(), type: z.string(), size: z.int() }))
      .optional()
      .describe('Of a directory, at most 1,000'),
  }),
  ...reading,
});

const commitMessage = z.string().min(1).max(65_536).describe('Message of the commit');
const ontoBranch = branch('Branch to commit to; by default the default branch').optional();
const committed = {
  path: z.string(),
  commit: z.object({ sha: z.string(), url: z.string() }),
};

export const putFile = declare({
  name: 'put-file',
  title: 'Write a file',
  description:
    'Creates or replaces one file with a commit of its own. To replace a file hand in its sha from get-file, so that nobody’s change is lost.',
  slash: 'put-file <path> <content> <message>',
  input: z.object({
    path,
    content: z.string().max(1_000_000).describe('All of the new content'),
    message: commitMessage,
    branch: ontoBranch,
    sha: sha.optional().describe('sha of the file that is replaced; leave it out for a new one'),
    encoding: z.enum(['utf-8', 'base64']).default('utf-8').describe('How content is written; base64 for binary files'),
    ...repository,
  }),
  output: z.object({ ...committed, sha: z.string().describe('Of the new file'), created: z.boolean() }),
  ...changing,
});

export const deleteFile = declare({
  name: 'delete-file',
  title: 'Delete a file',
  description: 'Deletes one file with a commit of its own.',
  slash: 'delete-file <path> <sha> <message>',
  input: z.object({
    path,
    sha: sha.describe('sha of the file, from get-file'),
    message: commitMessage,
    branch: ontoBranch,
    ...repository,
  }),
  output: z.object(committed),
  ...changing,
});

export const listCommits = declare({
  name: 'list-commits',
  title: 'List commits',
  description: 'Lists commits, the newest first: of a branch, of a path, of an author, in a span of time.',
  slash: 'list-commits [ref]',
  input: z.object({
    ref,
    ...repository,
    path: path.optional().describe('Only commits that touch this path'),
    author: z.string().max(200).optional().describe('Only of this login or e-mail address'),
    since: z.iso.datetime({ offset: true }).optional().describe('Only newer ones, such as 2026-01-31T00:00:00Z'),
    until: z.iso.datetime({ offset: true }).optional().describe('Only older ones'),
    ...page,
  }),
  output: z.object({ commits: z.array(commitShape), nextCursor: next }),
  ...reading,
});

export const getCommit = declare({
  name: 'get-commit',
  title: 'Get a commit',
  description: 'Tells what a commit changed: message, author and the files with their patches.',
  input: z.object({ ref: branch('Commit, branch or tag'), ...repository, ...page }),
  output: commitShape.extend({
    additions: z.int(),
    deletions: z.int(),
    files: z.array(fileShape),
    nextCursor: next.describe('For more files'),
  }),
  ...reading,
});

export const searchCode = declare({
  name: 'search-code',
  title: 'Search code',
  description:
    'Searches code on default branches, with qualifiers such as language:go, path:src or symbol names. Without repo:, org: or user: in the query it searches the named repository or all of the named owner, else the operator’s repository, else everywhere. GitHub allows ten a minute.',
  slash: 'search-code <query...>',
  input: z.object({
    query: z.string().min(1).max(256).describe('Words and qualifiers, such as "parseUrl language:typescript"'),
    ...repository,
    ...page,
  }),
  output: z.object({
    results: z.array(
      z.object({
        path: z.string(),
        repository: z.string(),
        fragments: z.array(z.string()).describe('Where it was found, with some lines around'),
        url: z.string(),
        extra,
      }),
    ),
    total,
    nextCursor: next,
  }),
  ...reading,
});

export const releaseShape = z.object({
  id: z.int(),
  tagName: z.string(),
  name: z.string().nullable(),
  body: z.string().nullish(),
  draft: z.boolean(),
  prerelease: z.boolean(),
  author: login,
  publishedAt: time,
  url: z.string(),
  extra,
});

export const listReleases = declare({
  name: 'list-releases',
  title: 'List releases',
  description: 'Lists the releases of a repository with their notes, the newest first.',
  slash: 'list-releases [repo]',
  input: z.object({ ...repository, ...page }),
  output: z.object({ releases: z.array(releaseShape), nextCursor: next }),
  ...reading,
});
