import { z } from 'zod';
import { declare } from '#libs/kit';
import { extra, fields, next, owner, page, reading, repository, time, total } from './fields.js';

export const repositoryShape = z.object({
  fullName: z.string(),
  description: z.string().nullable(),
  private: z.boolean(),
  fork: z.boolean(),
  archived: z.boolean().optional(),
  defaultBranch: z.string().optional(),
  language: z.string().nullish(),
  topics: z.array(z.string()).optional(),
  stargazersCount: z.int().optional(),
  openIssuesCount: z.int().optional().describe('Open issues and pull requests together'),
  pushedAt: time.optional(),
  url: z.string(),
  extra,
});

export const listRepos = declare({
  name: 'list-repos',
  title: 'List repositories',
  description:
    'Lists the repositories of an organization or user, those pushed to last first. Without an owner it lists those of the operator’s owner, or all that the gateway may see.',
  slash: 'list-repos [owner]',
  input: z.object({ owner: owner.optional(), ...page }),
  output: z.object({ repos: z.array(repositoryShape), nextCursor: next }),
  ...reading,
});

export const getRepo = declare({
  name: 'get-repo',
  title: 'Get a repository',
  description: 'Tells what a repository is: description, default branch, visibility, language and figures.',
  slash: 'get-repo [repo]',
  input: z.object({ repo: repository.repo, owner: repository.owner, fields }),
  output: repositoryShape,
  ...reading,
});

export const searchRepos = declare({
  name: 'search-repos',
  title: 'Search repositories',
  description:
    'Searches all of GitHub for repositories, with the qualifiers of its search such as language:go, org:acme or stars:>100.',
  slash: 'search-repos <query...>',
  input: z.object({
    query: z.string().min(1).max(256).describe('Words and qualifiers, such as "mcp gateway language:typescript"'),
    sort: z
      .enum(['best-match', 'stars', 'forks', 'updated'])
      .default('best-match')
      .describe('What comes first; the most, or the newest, of it'),
    ...page,
  }),
  output: z.object({ repos: z.array(repositoryShape), total, nextCursor: next }),
  ...reading,
});

export const createRepo = declare({
  name: 'create-repo',
  title: 'Create a repository',
  description: 'Creates a repository in an organization, with a first commit so that branches can be made at once.',
  slash: 'create-repo <org> <name>',
  input: z.object({
    org: owner.describe('The organization'),
    name: z
      .string()
      .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/)
      .describe('Name of the new repository'),
    description: z.string().max(350).optional().describe('What it is for, in a line'),
    private: z.boolean().default(true).describe('Only for those who are let in; false lets everybody read it'),
    autoInit: z.boolean().default(true).describe('Begin with a commit that holds a README'),
  }),
  output: repositoryShape,
  permission: 'admin',
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
});
