import { z } from 'zod';
import { StartError, type Caller, type PromptOptions } from '#libs/kit';
import type { CatalogPrompt, JsonSchema, PromptArgument } from './catalog-entry.js';
import { refusals } from './catalog.messages.js';
import { isName, isToolName, toolNameOf } from './names.js';

type Method = (input: unknown, context: { caller: Caller }) => unknown;

/** Makes a declared prompt ready to be listed and got, or stops the start. */
export function readPrompt(
  where: string,
  service: string,
  declared: PromptOptions,
  instance: object,
  method: Method,
): CatalogPrompt {
  const { name, title, description } = declared;
  const full = toolNameOf(service, name);
  if (!isName(name) || !isToolName(full)) throw new StartError(refusals.badPromptName(where, name));
  if (!description.trim()) throw new StartError(refusals.noPromptDescription(where));
  if (!(declared.arguments instanceof z.ZodObject)) throw new StartError(refusals.badPromptArguments(where));
  return {
    name: full,
    title,
    description,
    arguments: argumentsOf(where, declared.arguments),
    input: declared.arguments.strict(),
    run: method.bind(instance) as CatalogPrompt['run'],
  };
}

function argumentsOf(where: string, schema: z.ZodObject): PromptArgument[] {
  const { properties = {}, required = [] } = schemaOf(where, schema) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => {
    if (property.type !== 'string') throw new StartError(refusals.promptArgumentNoText(where, name));
    if (typeof property.description !== 'string') throw new StartError(refusals.promptArgumentUntold(where, name));
    return {
      name,
      description: property.description,
      required: required.includes(name),
      values: (property.enum ?? []) as string[],
    };
  });
}

function schemaOf(where: string, schema: z.ZodObject): JsonSchema {
  try {
    return z.toJSONSchema(schema, { io: 'input' });
  } catch {
    throw new StartError(refusals.badPromptArguments(where));
  }
}
