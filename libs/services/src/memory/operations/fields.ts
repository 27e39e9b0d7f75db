import { z } from 'zod';

const id = z.string().min(1).max(200);

export const agentId = id
  .optional()
  .describe(
    'Whose memory; by default your own. Another agent’s, or "*" for all agents’, needs the permission "admin" unless you are known by your address alone',
  );

/** Narrow a call down to a user or a run. */
export const userId = id.optional().describe('Only what belongs to this user');
export const runId = id.optional().describe('Only what belongs to this run, such as a session or a task');

export const memoryId = z.guid().describe('Id of a memory, as remember, search and list answer it');

export const metadata = z.record(z.string(), z.unknown());

export const memory = z.object({
  id: z.string(),
  text: z.string(),
  agentId: z.string().optional(),
  userId: z.string().optional(),
  runId: z.string().optional(),
  metadata: metadata.optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  expiresAt: z.string().optional().describe('From then on it is forgotten'),
});

export const raw = z
  .boolean()
  .default(false)
  .describe('Add all that Mem0 tells of each, as its member raw; the gateway’s own store has no more to tell');

/** As it is shown to those who may ask for all. */
export const wholeMemory = memory.extend({ raw: z.unknown().optional() });

export const searchMethod = z
  .enum(['words', 'words+trigrams', 'words+vectors', 'words+trigrams+vectors', 'mem0'])
  .describe('How it was searched: by words alone, with near words (trigrams), with meaning (vectors), or by Mem0');

export const note = z.string().optional().describe('Why the search was less than it could be');
