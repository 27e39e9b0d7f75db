import { OperationError } from '#libs/kit';

/** A path in the workspace, which is judged before it is handed over. */
export interface PathWord {
  readonly path: string;
  readonly kind: 'file' | 'anything';
}

export type Word = string | PathWord;

/** Names that a program which walks through directories by itself passes over. */
export interface Walk {
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

/** What an option's value may be; answers what was expected where it is not. */
export type ValueRule = (text: string) => string | undefined;

export interface Option {
  /** All ways to write it. The first is handed over. */
  readonly names: readonly string[];
  /** Of one that takes a value. */
  readonly value?: ValueRule;
}

/** The options of a command, and what to say of some that it does not have here. */
export interface OptionTable {
  readonly options: readonly Option[];
  readonly refused?: Readonly<Record<string, string>>;
}

export interface ReadOptions {
  readonly given: readonly { readonly name: string; readonly value?: string }[];
  readonly operands: readonly string[];
  /** Operands that came after `--`. */
  readonly last: readonly string[];
}

export const flag = (...names: string[]): Option => ({ names });
export const valued = (value: ValueRule, ...names: string[]): Option => ({ names, value });

export const number =
  (min: number, max: number): ValueRule =>
  (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max ? undefined : `a number from ${min} to ${max}`;

/** For programs that take it as text and nothing else. */
export const text: ValueRule = (value) => (value.length <= 1_000 ? undefined : 'at most 1000 characters');

/**
 * Reads words as GNU programs do: options anywhere before `--`, short ones together, values after `=`, in the same word or
 * in the next. Only what the table names is taken, and no abbreviation of it.
 */
export function readOptions(words: readonly string[], table: OptionTable): ReadOptions {
  const given: { name: string; value?: string }[] = [];
  const operands: string[] = [];
  const end = words.indexOf('--');
  const first = end === -1 ? words : words.slice(0, end);
  const last = end === -1 ? [] : words.slice(end + 1);

  for (let at = 0; at < first.length; at += 1) {
    const word = first[at] ?? '';
    if (!word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    for (const { name, value } of wordsOf(word, table)) {
      const option = table.options.find(({ names }) => names.includes(name));
      if (!option) throw refusedOption(name, table);
      const [known = name] = option.names;
      if (!option.value) {
        if (value !== undefined) throw refusedWord(word, `${name} takes no value`);
        given.push({ name: known });
        continue;
      }
      const taken = value ?? first[(at += 1)];
      if (taken === undefined) throw refusedWord(word, `${name} needs a value`);
      const expected = option.value(taken);
      if (expected !== undefined) throw refusedWord(`${name} ${taken}`, `${name} takes ${expected}`);
      given.push({ name: known, value: taken });
    }
  }
  for (const operand of last) refuseDash(operand);
  return { given, operands, last };
}

/** The options as a program is given them: a value that begins with a dash can't be taken for one. */
export function optionWords({ given }: Pick<ReadOptions, 'given'>): string[] {
  return given.flatMap(({ name, value }) => {
    if (value === undefined) return [name];
    if (name.startsWith('--')) return [`${name}=${value}`];
    // of a short one without a value the next word would be the value
    return value === '' ? [name, ''] : [`${name}${value}`];
  });
}

export function refuseDash(word: string): void {
  if (word.startsWith('-')) throw refusedWord(word, 'names that begin with - are not taken; write ./ before them');
}

export function refusedWord(word: string, why: string): OperationError {
  const got = word.length > 100 ? `${word.slice(0, 100)}…` : word;
  return new OperationError('invalid', `${JSON.stringify(got)} is refused: ${why}`, {
    issues: [{ path: 'args', expected: why, got }],
  });
}

function refusedOption(name: string, { options, refused = {} }: OptionTable): OperationError {
  const why = refused[name] ?? 'it is not among the options that are open here';
  return refusedWord(name, `${why}. Open are ${options.map(({ names }) => names.join(' = ')).join(', ')}`);
}

/** One word can hold several short options: `-la`, `-n5`, `-rn5`. */
function wordsOf(word: string, { options }: OptionTable): { name: string; value?: string }[] {
  if (word === '-') throw refusedWord(word, 'nothing comes in by standard input; name a file');
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    return equals === -1 ? [{ name: word }] : [{ name: word.slice(0, equals), value: word.slice(equals + 1) }];
  }
  const found: { name: string; value?: string }[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const name = `-${word[at] ?? ''}`;
    const takesValue = options.some((option) => option.value && option.names.includes(name));
    const rest = word.slice(at + 1);
    found.push({ name, ...(takesValue && rest !== '' && { value: rest }) });
    if (takesValue) break;
  }
  return found;
}
