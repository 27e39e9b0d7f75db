import type { Schema } from '../../api/shapes.js';

export interface FormField {
  readonly name: string;
  readonly kind: 'text' | 'long' | 'number' | 'choice' | 'switch' | 'lines' | 'json';
  readonly required: boolean;
  readonly description: string;
  readonly choices: readonly string[];
  /** What is taken where nothing is given. */
  readonly initial: string;
  readonly schema: Schema;
}

/** What people have typed, by the names of fields. */
export type Typed = Readonly<Record<string, string>>;

export interface ReadForm {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** By the names of fields. */
  readonly problems: Readonly<Record<string, string>>;
}

const longNames = /query|sql|content|body|text|message|command|prompt|patch/i;

/** A field for each member of a tool's input, the required ones first. */
export function fieldsOf(schema: Schema): FormField[] {
  const required = new Set(Array.isArray(schema.required) ? (schema.required as string[]) : []);
  const fields = Object.entries(membersOf(schema.properties)).map(([name, given]) => {
    const member = membersOf(given);
    const choices = choicesOf(member);
    return {
      name,
      kind: kindOf(name, member, choices),
      required: required.has(name),
      description: typeof member.description === 'string' ? member.description : '',
      choices,
      initial: member.default === undefined ? '' : textOf(member.default),
      schema: member,
    };
  });
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}

/** What was typed as arguments. A field that is empty is left out. */
export function readForm(fields: readonly FormField[], typed: Typed): ReadForm {
  const given: Record<string, unknown> = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const text = typed[field.name] ?? '';
    if (text === '') {
      if (field.required) problems[field.name] = 'This is needed';
      continue;
    }
    try {
      given[field.name] = valueOf(field, text);
    } catch (error) {
      problems[field.name] = (error as Error).message;
    }
  }
  return { arguments: given, problems };
}

function valueOf({ kind, schema, choices }: FormField, text: string): unknown {
  switch (kind) {
    case 'text':
    case 'long':
      return text;
    case 'number': {
      const value = Number(text);
      if (Number.isNaN(value)) throw new Error('A number is needed');
      if (schema.type === 'integer' && !Number.isInteger(value)) throw new Error('A whole number is needed');
      return value;
    }
    case 'switch':
      return text === 'true';
    case 'choice': {
      const options = (schema.enum ?? [schema.const]) as unknown[];
      return options[choices.indexOf(text)];
    }
    case 'lines':
      return text.split('\n').filter((line) => line !== '');
    case 'json':
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new Error('JSON is needed here');
      }
  }
}

function kindOf(name: string, schema: Schema, choices: readonly string[]): FormField['kind'] {
  if (choices.length > 0) return 'choice';
  switch (schema.type) {
    case 'string':
      return longNames.test(name) ? 'long' : 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'switch';
    case 'array':
      return (schema.items as Schema | undefined)?.type === 'string' ? 'lines' : 'json';
    default:
      return 'json';
  }
}

function choicesOf({ enum: options, const: only }: Schema): string[] {
  if (Array.isArray(options)) return options.map(textOf);
  return only === undefined ? [] : [textOf(only)];
}

/** An upstream's schema may hold anything. */
function membersOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
