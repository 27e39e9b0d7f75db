import { isDeepStrictEqual } from 'node:util';
import { distance } from 'fastest-levenshtein';
import type { InputIssue } from '#libs/kit';
import { isSwitch, toFlag, type Field } from './command-field.js';
import type { Token } from './command-line.js';
import { valueForm } from './command-usage.js';
import { takesMany, valueOf } from './command-value.js';

export interface CommandProblem extends InputIssue {
  message: string;
}

/** A line's tokens, read with one operation's fields. */
export interface FlagReading {
  readonly words: readonly string[];
  readonly named: ReadonlyMap<Field, unknown>;
  readonly problems: readonly CommandProblem[];
}

/** More would tell no more. */
const MAX_PROBLEMS = 8;

type Flag = Extract<Token, { kind: 'flag' }>;
/** A text, or what a flag without a value says. */
type Given = string | boolean;

/** Takes the flags, and the words that belong to them, out of a line. */
export function readFlags(tokens: readonly Token[], fields: ReadonlyMap<string, Field>): FlagReading {
  const words: string[] = [];
  const given = new Map<Field, Given[]>();
  const problems: CommandProblem[] = [];
  const report = (find: () => CommandProblem) => {
    if (problems.length < MAX_PROBLEMS) problems.push(find());
  };
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind === 'word') words.push(token.text);
    if (token?.kind !== 'flag') continue;
    const { field, off } = fieldOf(token, fields);
    if (!field) {
      report(() => unknownFlag(token, fields));
      continue;
    }
    const next = tokens[at + 1];
    const ownsNext = token.value === undefined && !off && next?.kind === 'word' && takesWord(field, next);
    if (ownsNext) at += 1;
    const value = ownsNext ? next.text : (token.value ?? alone(field, off));
    if (value === undefined) report(() => needsValue(token, field));
    else if (off && value !== false) report(() => takesNoValue(token, field));
    else if (given.get(field)?.push(value) === undefined) given.set(field, [value]);
  }
  const named = new Map<Field, unknown>();
  for (const [field, values] of given) {
    const [value, ...others] = takesMany(field.type)
      ? [together(field, values)]
      : values.map((each) => one(field, each));
    if (others.some((other) => !isDeepStrictEqual(other, value))) report(() => givenTwice(field.name));
    named.set(field, value);
  }
  return { words, named, problems };
}

export function givenTwice(name: string): CommandProblem {
  return problem(name, 'one value', 'two', `${name} is given twice, with different values`);
}

/** `--label` also finds the list `labels`, and `--no-draft` the switch `draft`. */
function fieldOf(flag: Flag, fields: ReadonlyMap<string, Field>): { field: Field | undefined; off: boolean } {
  const name = toFlag(flag.name);
  const plural = fields.get(`${name}s`);
  const field = fields.get(name) ?? (plural && takesMany(plural.type) ? plural : undefined);
  if (field || !name.startsWith('no-')) return { field, off: false };
  const denied = fields.get(name.slice('no-'.length));
  return { field: denied?.type.kinds.has('boolean') ? denied : undefined, off: true };
}

/** A switch leaves the next word alone, unless it can only be meant for it. */
function takesWord(field: Field, next: { text: string; quoted: boolean }): boolean {
  return !isSwitch(field.type) || (!next.quoted && (next.text === 'true' || next.text === 'false'));
}

function alone(field: Field, off: boolean): boolean | undefined {
  return field.type.kinds.has('boolean') ? !off : undefined;
}

function one(field: Field, value: Given): unknown {
  return typeof value === 'boolean' ? value : valueOf(field, [value]);
}

function together(field: Field, values: readonly Given[]): unknown {
  const [first, ...more] = values;
  if (first !== undefined && more.length === 0) return one(field, first);
  return valueOf(field, [String(first), ...more.map(String)]);
}

function unknownFlag(flag: Flag, fields: ReadonlyMap<string, Field>): CommandProblem {
  const flags = [...fields.keys()];
  const near = flags.find((name) => distance(name, toFlag(flag.name.slice(0, 64))) <= 2);
  const known = flags.length === 0 ? 'It takes no flags' : `It takes ${flags.map((name) => `--${name}`).join(', ')}`;
  const advice = near === undefined ? known : `Did you mean --${near}?`;
  const message = `--${flag.name.slice(0, 64)} is not a flag of this command. ${advice}`;
  return problem(flag.name.slice(0, 64), near === undefined ? 'a known flag' : `--${near}`, 'an unknown flag', message);
}

function needsValue(flag: Flag, field: Field): CommandProblem {
  const example = `--${flag.name}=${valueForm(field.type)}`;
  return problem(field.name, valueForm(field.type), 'no value', `--${flag.name} needs a value: ${example}`);
}

function takesNoValue(flag: Flag, field: Field): CommandProblem {
  return problem(field.name, 'no value', 'a value', `--${flag.name} takes no value`);
}

function problem(path: string, expected: string, got: string, message: string): CommandProblem {
  return { path, expected, got, message };
}
