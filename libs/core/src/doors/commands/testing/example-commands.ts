import { z } from 'zod';
import { OperationError } from '#libs/kit';
import { tokenize } from '../command-line.js';
import type { CommandOperation } from '../command-pattern.js';
import { CommandSet, type BoundCommand } from '../command-set.js';

function declare(name: string, input: z.ZodRawShape, slash?: string | readonly string[]): CommandOperation {
  const inputSchema = z.toJSONSchema(z.object(input), { io: 'input' });
  return { name, description: `About ${name}.`, inputSchema, ...(slash !== undefined && { slash }) };
}

const text = z.string();
const database = text;
const zone = text;
const number = z.int();

export const operations: Record<string, CommandOperation[]> = {
  postgres: [
    declare('list-databases', {}, 'list databases'),
    declare(
      'list-tables',
      { database, schema: text.default('public'), includeViews: z.boolean().optional() },
      '<database> list tables',
    ),
    declare('describe-table', { database, table: text, schema: text.optional() }, '<database> describe <table>'),
    declare(
      'query',
      { database, query: text, params: z.array(z.unknown()).optional(), limit: z.int().optional() },
      '<database> query <query...>',
    ),
    declare('explain', { database, query: text, analyze: z.boolean().default(false) }, '<database> explain <query>'),
    declare('locks', { database, minSeconds: z.number().optional() }, '<database> locks'),
    declare('top-queries', { database }, '<database> top queries'),
  ],
  mem0: [
    declare('remember', { text, infer: z.boolean().default(true), metadata: z.record(text, z.unknown()).optional() }, [
      'remember <text...>',
      'add <text...>',
    ]),
    declare('search', { query: text, topK: z.int().optional(), threshold: z.number().nullish() }, 'search <query...>'),
    declare('get-context', { agentId: text, query: text.optional() }, 'get-context <agent-id> [query]'),
    declare('get', { memoryId: text }),
    declare('list', { agentId: text.optional() }),
    declare('list-entities', { type: z.enum(['user', 'agent']).optional() }),
    declare('forget', { memoryId: text }, ['forget <memory-id>', 'delete <memory-id>']),
    declare('delete-all', { agentId: text.optional() }),
  ],
  n8n: [
    declare('execute', { workflow: text, data: z.unknown().optional(), wait: z.boolean().optional() }, [
      'execute <workflow>',
    ]),
    declare('list-workflows', { active: z.boolean().optional(), tags: z.array(text).optional() }),
    declare('get-execution', { id: text, includeData: z.boolean().optional() }),
  ],
  cloudflare: [
    declare('zones-list', { name: text.optional() }, 'zones list'),
    declare('dns-list-records', { zone, type: text.optional() }, 'dns list-records <zone>'),
    declare('stream-upload', { path: text.optional(), url: text.optional() }, 'stream upload [path]'),
    declare('cache-purge', { zone, files: z.array(text).optional() }, 'cache purge <zone> [files...]'),
    declare('cache-purge-everything', { zone }, 'cache purge everything <zone>'),
  ],
  github: [
    declare('list-repos', { owner: text.optional() }, 'list-repos [owner]'),
    declare(
      'create-pr',
      { title: text, body: text.optional(), head: text.optional(), draft: z.boolean().optional() },
      'create-pr <title> [body]',
    ),
    declare('list-issues', {
      labels: z.array(text).optional(),
      state: z.enum(['open', 'closed', 'all']).optional(),
      assignee: z.union([text, z.null()]).optional(),
      milestones: z.array(number).optional(),
    }),
    declare('merge-pr', { number, method: z.enum(['merge', 'squash', 'rebase']).optional() }),
    declare('dispatch-workflow', {
      workflow: z.union([z.int(), text]),
      ref: text,
      inputs: z.record(text, text).optional(),
      jobs: z.array(z.object({ id: number })).optional(),
    }),
  ],
};
export const sets = Object.fromEntries(
  Object.entries(operations).map(([name, list]) => [name, new CommandSet(name, list)]),
);

export function bind(command: string, visible?: (operation: string) => boolean): BoundCommand {
  const line = tokenize(command);
  const set = sets[line.service ?? ''];
  if (line.kind !== 'call' || !set) throw new Error(`${command} is no call`);
  return set.bind(line, visible);
}

export function refusal(command: string): OperationError {
  try {
    bind(command);
  } catch (error) {
    if (error instanceof OperationError) return error;
    throw error;
  }
  throw new Error(`${command} was taken`);
}
