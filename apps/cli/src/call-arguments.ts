import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from './failure.js';
import type { Schema } from './catalog.js';

type Input = Record<string, unknown>;

const WORD = /^([A-Za-z_][\w-]*)(:=|=@|=)(.*)$/s;
const HOW = 'Write name=value, name:=json for any JSON, or name=@file for the text of a file.';

/**
 * The arguments of a call from words: `name=value`, read as the schema wants it; `name:=json`; `name=@path`. A name that
 * comes again makes a list.
 */
export function callArguments(words: readonly string[], schema: Schema, directory: string): Input {
  const input: Input = {};
  for (const word of words) {
    const [, name, sign, text] = WORD.exec(word) ?? [];
    if (name === undefined || text === undefined) throw new Failure('usage', `${word} is no argument`, HOW);
    const own = schema.properties?.[name];
    const value =
      sign === ':=' ? json(name, text) : asWanted(sign === '=@' ? fileText(resolve(directory, text)) : text, own);
    input[name] = Object.hasOwn(input, name) ? [input[name], value].flat() : value;
  }
  return input;
}

/** A whole input as JSON. */
export function wholeInput(text: string, from: string): Input {
  const value = json(from, text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Failure('usage', `${from} holds no JSON object`);
  }
  return value as Input;
}

export function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure('usage', `${path} can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

/** The gateway judges; here a text only becomes what it can be where no text is wanted. */
function asWanted(text: string, schema: Schema | undefined): unknown {
  const types = typesOf(schema);
  if (types.length === 0 || types.includes('string')) return text;
  if (types.includes('array') && !text.startsWith('[')) {
    return [text];
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function typesOf(schema: Schema | undefined): readonly string[] {
  if (!schema) return [];
  if (schema.anyOf) return schema.anyOf.flatMap(typesOf);
  return [schema.type ?? []].flat();
}

function json(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure('usage', `${name} is no JSON`, HOW);
  }
}
