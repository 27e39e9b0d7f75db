import { z } from 'zod';
import type { Params } from './connection.js';
import { withoutNullMembers } from './null-members.js';
import type { Definition } from './upstream.js';

/**
 * What the official clients demand of a definition: one of another shape makes the whole list fail for them. All else in it
 * is the upstream's.
 */
const text = z.string().optional();
const flag = z.boolean().optional();
const listed = { title: text, description: text, _meta: z.record(z.string(), z.unknown()).optional() };
const annotations = z
  .looseObject({
    audience: z.array(z.enum(['user', 'assistant'])).optional(),
    priority: z.number().min(0).max(1).optional(),
    lastModified: z.iso.datetime({ offset: true }).optional(),
  })
  .optional();
const schemaOfObjects = {
  properties: z.record(z.string(), z.union([z.boolean(), z.looseObject({})])).optional(),
  required: z.array(z.string()).optional(),
};

export const shapes = {
  tool: z.looseObject({
    ...listed,
    inputSchema: z.looseObject({ type: z.literal('object').optional(), ...schemaOfObjects }),
    annotations: z
      .looseObject({
        title: text,
        readOnlyHint: flag,
        destructiveHint: flag,
        idempotentHint: flag,
        openWorldHint: flag,
      })
      .optional(),
    execution: z.looseObject({ taskSupport: z.enum(['required', 'optional', 'forbidden']).optional() }).optional(),
  }),
  prompt: z.looseObject({
    ...listed,
    arguments: z.array(z.looseObject({ name: z.string(), title: text, description: text, required: flag })).optional(),
  }),
  resource: z.looseObject({
    ...listed,
    uri: z.string(),
    mimeType: text,
    size: z.number().optional(),
    annotations,
  }),
  resourceTemplate: z.looseObject({ ...listed, uriTemplate: z.string(), mimeType: text, annotations }),
};

/** Without these a definition is as good as with them; one that is not as MCP has it is left out of it. */
export const spareable: ReadonlySet<string> = new Set(['annotations', 'size', 'mimeType', 'execution', '_meta']);

/** Where a definition is not as MCP has it; undefined where it is. */
export function misshapen(shape: z.ZodType, definition: unknown): string[] | undefined {
  const path = shape.safeParse(definition).error?.issues[0]?.path;
  // what is further in has names of the upstream's
  return path?.slice(0, 2).map(String);
}

/** A definition without members that are null, also further in where clients look at them. */
export function withoutNulls(definition: Params): Params {
  const plain = withoutNullMembers(definition);
  for (const member of ['annotations', 'execution', 'inputSchema', 'outputSchema']) {
    const value = plain[member];
    if (isObject(value)) plain[member] = withoutNullMembers(value);
  }
  const { arguments: asked } = plain;
  if (Array.isArray(asked))
    plain.arguments = asked.map((each: unknown) => (isObject(each) ? withoutNullMembers(each) : each));
  return plain;
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const icon = z.looseObject({
  // a client that opens it must not run it
  src: z.string().regex(/^(?:https?:\/\/|data:image\/)/i),
  mimeType: text,
  sizes: z.array(z.string()).optional(),
  theme: z.enum(['light', 'dark']).optional(),
});

/** Without icons that are none or that lead to anything but a picture. */
export function withSafeIcons<T extends object>(given: T): T {
  if (!('icons' in given)) return given;
  const { icons, ...rest } = given;
  const safe = Array.isArray(icons) ? icons.filter((each) => icon.safeParse(each).success) : [];
  return (safe.length === 0 ? rest : { ...rest, icons: safe }) as T;
}

const outputSchema = z.looseObject({ type: z.literal('object'), $schema: text, ...schemaOfObjects });

/**
 * A tool as every official client takes it, where it may be said in other words: arguments are always an object, `true` and
 * `false` are schemas that older clients don't know, and to them an output schema is one of an object.
 */
export function withPlainSchemas(given: Definition): Definition {
  const definition = withoutNulls(given) as Definition;
  const { inputSchema, outputSchema: output } = definition;
  const plain: Definition = { ...definition, inputSchema: { ...plainSchema(inputSchema), type: 'object' } };
  if (outputSchema.safeParse(output).success) plain.outputSchema = plainSchema(output);
  else delete plain.outputSchema;
  return plain;
}

function plainSchema(schema: unknown): Params {
  const { properties } = schema as Params;
  if (typeof properties !== 'object' || properties === null) return schema as Params;
  const plain = Object.entries(properties).map(([name, each]: [string, unknown]) => [
    name,
    each === true ? {} : each === false ? { not: {} } : each,
  ]);
  return { ...(schema as Params), properties: Object.fromEntries(plain) as object };
}
