import { z } from 'zod';
import type { Execution } from './n8n-shapes.js';

const MAX_TEXT = 1_000;

const outputsShape = z.array(z.array(z.looseObject({ json: z.unknown() })).nullable());

/** What is read of an execution's data; n8n's own shape is not part of its API's description. */
const dataShape = z.object({
  resultData: z.object({
    lastNodeExecuted: z.string().optional(),
    error: z
      .looseObject({
        message: z.string().optional(),
        description: z.string().nullish(),
        node: z.looseObject({ name: z.string().optional() }).optional(),
      })
      .optional(),
    runData: z
      .record(z.string(), z.array(z.looseObject({ data: z.looseObject({ main: outputsShape.optional() }).optional() })))
      .optional(),
  }),
});

export interface ExecutionOutcome {
  lastNode?: string | undefined;
  error?: { node?: string | undefined; message: string; description?: string | undefined } | undefined;
  /** What the last node gave, one entry for each item. */
  output?: unknown[] | undefined;
}

/** How an execution ended: the error and its node, and what the last node gave. Nothing where the data is not there. */
export function outcomeOf({ data }: Execution): ExecutionOutcome {
  const parsed = dataShape.safeParse(data);
  if (!parsed.success) return {};
  const { lastNodeExecuted: lastNode, error, runData } = parsed.data.resultData;
  const run = lastNode === undefined ? undefined : runData?.[lastNode]?.at(-1);
  const items = run?.data?.main?.flatMap((branch) => branch ?? []);
  return {
    ...(lastNode !== undefined && { lastNode }),
    ...(error && {
      error: {
        ...(error.node?.name !== undefined && { node: error.node.name }),
        message: (error.message ?? 'unknown').slice(0, MAX_TEXT),
        ...(error.description && { description: error.description.slice(0, MAX_TEXT) }),
      },
    }),
    ...(items && { output: items.map(({ json }) => json) }),
  };
}
