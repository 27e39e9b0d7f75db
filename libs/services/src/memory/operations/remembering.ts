import { z } from 'zod';
import { declare } from '#libs/kit';
import { agentId, memory, memoryId, metadata, runId, userId } from './fields.js';

const text = z.string().min(1).max(20_000);

export const remember = declare({
  name: 'remember',
  aliases: ['add'],
  title: 'Remember',
  description:
    'Keeps something for later: a text, or the messages of a conversation. Search finds it again, also in later sessions. Give either text or messages.',
  slash: ['remember <text...>', 'add <text...>'],
  input: z.object({
    text: text.optional().describe('What to remember, such as "User prefers TypeScript"'),
    messages: z
      .array(z.object({ role: z.enum(['user', 'assistant', 'system']), content: text }))
      .min(1)
      .max(100)
      .optional()
      .describe('A conversation to remember, instead of text; what the system said is left out'),
    agentId,
    userId: userId.describe('The user that it is about'),
    runId: runId.describe('The run that it is about, such as a session or a task'),
    metadata: metadata.optional().describe('Anything that is to be kept with it, at most 16 KiB of JSON'),
    infer: z
      .boolean()
      .optional()
      .describe(
        'Whether Mem0 is to find the facts in it (its default) or keep it as it is; the gateway’s own store keeps it',
      ),
    expires: z
      .string()
      .max(40)
      .optional()
      .describe('When to forget it: a time such as 2027-01-31T12:00:00Z, or a day, to whose end (UTC) it is kept'),
  }),
  output: z.object({
    store: z.enum(['gateway', 'mem0-oss', 'mem0-platform']).describe('Where memories are kept'),
    memories: z
      .array(z.object({ id: z.string(), event: z.string().describe('ADD, UPDATE, DELETE or NONE'), text: z.string() }))
      .describe('What became of it'),
    pending: z.string().optional().describe('The event at Mem0 that was not done yet; its memories appear later'),
  }),
  permission: 'write',
  annotations: { readOnly: false, destructive: false, idempotent: false },
  deadlineMs: 120_000,
});

export const update = declare({
  name: 'update',
  title: 'Change a memory',
  description: 'Changes the text of a memory, its metadata, or both. What it said before stays in its history.',
  slash: 'update <memoryId> [text...]',
  input: z.object({
    memoryId,
    text: text.optional().describe('What it is to say from now on'),
    metadata: metadata.optional().describe('Takes the place of its metadata; at most 16 KiB of JSON'),
    agentId,
  }),
  output: memory,
  permission: 'write',
  annotations: { readOnly: false, destructive: true, idempotent: true },
});

export const forget = declare({
  name: 'forget',
  aliases: ['delete'],
  title: 'Forget',
  description: 'Deletes one memory. Its history stays, and says so.',
  slash: ['forget <memoryId>', 'delete <memoryId>'],
  input: z.object({ memoryId, agentId }),
  output: z.object({ memoryId: z.string(), forgotten: z.boolean() }),
  permission: 'write',
  annotations: { readOnly: false, destructive: true, idempotent: false },
});

export const deleteAll = declare({
  name: 'delete-all',
  title: 'Forget all of somebody',
  description:
    'Deletes all memories that fit every id that is given, which must be at least one. Their histories stay; delete-entity takes those too.',
  slash: 'delete-all',
  input: z.object({
    agentId: agentId.describe('Only memories of this agent'),
    userId,
    runId,
  }),
  output: z.object({ deleted: z.int().nullable().describe('How many; null where Mem0 does not tell') }),
  permission: 'admin',
  annotations: { readOnly: false, destructive: true, idempotent: true },
});

export const deleteEntity = declare({
  name: 'delete-entity',
  title: 'Forget a user, an agent or a run',
  description:
    'Deletes all memories of one user, agent or run, and their histories. Nothing of it can be brought back.',
  slash: 'delete-entity <type> <id>',
  input: z.object({
    type: z.enum(['user', 'agent', 'run']).describe('What it is'),
    id: z.string().min(1).max(200).describe('Its id'),
  }),
  output: z.object({
    type: z.string(),
    id: z.string(),
    deleted: z.int().nullable().describe('How many memories; null where Mem0 does not tell'),
  }),
  permission: 'admin',
  annotations: { readOnly: false, destructive: true, idempotent: true },
});
