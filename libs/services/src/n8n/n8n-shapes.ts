import { z } from 'zod';

/** What is read of n8n's answers (its public API 1.1.1). Whatever else they hold is kept for those who ask for `raw`. */

export const nodeShape = z.looseObject({
  name: z.string().default(''),
  type: z.string().default(''),
  disabled: z.boolean().optional(),
  webhookId: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).default({}),
});

export const tagShape = z.looseObject({ id: z.string(), name: z.string() });

export const workflowShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  active: z.boolean().default(false),
  isArchived: z.boolean().optional(),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
  nodes: z.array(nodeShape).default([]),
  connections: z.record(z.string(), z.unknown()).default({}),
  settings: z.record(z.string(), z.unknown()).nullish(),
  tags: z.array(tagShape).optional(),
});

const idShape = z.union([z.string(), z.number()]).transform(String);

export const executionShape = z.looseObject({
  id: idShape,
  workflowId: idShape.nullish(),
  status: z.string().optional(),
  finished: z.boolean().optional(),
  mode: z.string().optional(),
  startedAt: z.string().nullish(),
  stoppedAt: z.string().nullish(),
  retryOf: idShape.nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
});

const reportShape = z.looseObject({
  risk: z.string(),
  sections: z.array(
    z.looseObject({
      title: z.string(),
      description: z.string().default(''),
      recommendation: z.string().default(''),
      location: z.array(z.unknown()).default([]),
    }),
  ),
});

/** Reports by their title; an empty list where there is nothing to report. */
export const auditShape = z.union([
  z.record(z.string(), reportShape),
  z.tuple([]).transform((): Record<string, z.output<typeof reportShape>> => ({})),
]);

export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullish() });
}

export type Workflow = z.output<typeof workflowShape>;
export type WorkflowNode = z.output<typeof nodeShape>;
export type Execution = z.output<typeof executionShape>;
