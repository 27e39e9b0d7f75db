import { z } from 'zod';
import { badParams } from './mcp-refusal.js';
import type { Params } from './messages.js';

export const callParams = z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).default({}) });
export const uriParams = z.object({ uri: z.string().max(2_000) });
export const completeParams = z.object({
  ref: z.discriminatedUnion('type', [
    z.object({ type: z.literal('ref/prompt'), name: z.string() }),
    z.object({ type: z.literal('ref/resource'), uri: z.string() }),
  ]),
  argument: z.object({ name: z.string(), value: z.string() }),
  /** What was filled in already, of which the choice may depend. */
  context: z.object({ arguments: z.record(z.string(), z.string()).optional() }).optional(),
});
export type Completion = z.output<typeof completeParams>;
const pageParams = z.object({ cursor: z.string().optional() });

/** All our lists are one page. */
export function onePage(params: Params, list: object): string {
  requireFirstPage(params);
  return JSON.stringify(list);
}

/** Throws -32602 where a later page is asked for: there is none. */
export function requireFirstPage(params: Params): void {
  const { cursor } = read(pageParams, params);
  if (cursor !== undefined) throw badParams('cursor: expected the nextCursor of a page before, and there are none');
}

/** Throws -32602 that names what is wrong. */
export function read<T>(schema: z.ZodType<T>, params: Params): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'params'}: ${message}`);
  throw badParams(issues.join('; '));
}
