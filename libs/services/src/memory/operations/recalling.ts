import { z } from 'zod';
import { declare } from '#libs/kit';
import { agentId, memoryId, note, raw, runId, searchMethod, userId, wholeMemory } from './fields.js';

const reading = { permission: 'read', annotations: { readOnly: true, idempotent: true } } as const;

const store = z.enum(['gateway', 'mem0-oss', 'mem0-platform']).describe('Where memories are kept');

export const search = declare({
  name: 'search',
  title: 'Search memories',
  description:
    'Finds memories that have to do with a question or some words, the best first. The answer says how it was searched.',
  slash: 'search <query...>',
  input: z.object({
    query: z.string().min(1).max(1_000).describe('What to look for, such as "programming preferences"'),
    agentId,
    userId,
    runId,
    topK: z.int().min(1).max(100).default(10).describe('Memories to answer at most'),
    threshold: z.number().min(0).max(1).optional().describe('Only memories with at least this score, from 0 to 1'),
    raw,
  }),
  output: z.object({
    store,
    search: searchMethod,
    note,
    memories: z.array(wholeMemory.extend({ score: z.number().describe('From 0 to 1; comparable within one answer') })),
  }),
  ...reading,
});

export const getContext = declare({
  name: 'get-context',
  title: 'What an agent should know',
  description:
    'Puts the memories of an agent together into one text for a prompt: those that fit the query first, then the newest, as many as fit into the budget of tokens.',
  slash: 'get-context [agentId] [query...]',
  input: z.object({
    agentId,
    query: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe('What the agent is about to do; without it the newest come first'),
    userId,
    runId,
    limit: z.int().min(1).max(200).default(20).describe('Memories to put in at most'),
    maxTokens: z
      .int()
      .min(16)
      .max(100_000)
      .default(2_000)
      .describe('Tokens that the text may have; counted as one for each three bytes, which is rather too many'),
  }),
  output: z.object({
    store,
    context: z.string().describe('One line for each memory, or empty'),
    shown: z.int().describe('Memories in it'),
    leftOut: z.int().describe('Memories that were found but did not fit'),
    tokens: z.int().describe('Of the text, estimated from its bytes'),
    search: searchMethod.optional(),
    note,
  }),
  ...reading,
});

export const list = declare({
  name: 'list',
  title: 'List memories',
  description: 'Lists memories, the newest first.',
  slash: 'list',
  input: z.object({
    agentId,
    userId,
    runId,
    limit: z.int().min(1).max(200).default(50).describe('Memories on one page'),
    cursor: z.string().min(1).max(500).optional().describe('nextCursor of the page before'),
    raw,
  }),
  output: z.object({
    store,
    memories: z.array(wholeMemory),
    nextCursor: z.string().nullable().describe('Where the next page begins; null after the last one'),
  }),
  ...reading,
});

export const get = declare({
  name: 'get',
  title: 'Read a memory',
  description: 'Reads one memory by its id.',
  slash: 'get <memoryId>',
  input: z.object({ memoryId, agentId, raw }),
  output: wholeMemory,
  ...reading,
});

export const history = declare({
  name: 'history',
  title: 'History of a memory',
  description:
    'Tells how a memory came to be what it is: each change to it, the oldest first. Also of one that is deleted.',
  slash: 'history <memoryId>',
  input: z.object({ memoryId, agentId }),
  output: z.object({
    memoryId: z.string(),
    changes: z.array(
      z.object({
        event: z.string().describe('ADD, UPDATE or DELETE'),
        oldText: z.string().nullable(),
        newText: z.string().nullable(),
        at: z.string(),
      }),
    ),
  }),
  ...reading,
});

export const listEntities = declare({
  name: 'list-entities',
  title: 'Whose memories there are',
  description: 'Lists the users, agents and runs that memories belong to, and how many each has.',
  slash: 'list-entities [type]',
  input: z.object({
    type: z.enum(['user', 'agent', 'run']).optional().describe('Only these; by default all'),
    agentId,
  }),
  output: z.object({
    store,
    entities: z.array(z.object({ type: z.enum(['user', 'agent', 'run']), id: z.string(), memories: z.int() })),
  }),
  ...reading,
});

export const health = declare({
  name: 'health',
  title: 'Health of the memory',
  description: 'Tells where memories are kept, whether that can be reached, and what search has to work with.',
  input: z.object({}),
  output: z.object({
    store,
    state: z.enum(['ready', 'degraded']),
    detail: z.string().describe('What search has to work with, and what is amiss'),
    latencyMs: z.number().describe('Time that the answer took'),
  }),
  ...reading,
});
