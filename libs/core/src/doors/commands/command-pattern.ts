import { fieldsOf, toFlag, type Field } from './command-field.js';

/** What the command line needs to know of an operation's declaration. */
export interface CommandOperation {
  readonly name: string;
  readonly description: string;
  readonly slash?: string | readonly string[];
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** Adjacent plain words, joined by `-`: people write them joined or apart. */
export interface Literal {
  readonly kind: 'literal';
  readonly phrase: string;
  readonly written: string;
}

export interface Argument {
  readonly kind: 'argument';
  readonly field: Field;
  readonly required: boolean;
  /** Takes all words that are left. */
  readonly rest: boolean;
}

export interface CommandPattern {
  readonly elements: readonly (Literal | Argument)[];
}

/** An operation as the command line reaches it. */
export interface Command {
  readonly operation: CommandOperation;
  readonly fields: ReadonlyMap<string, Field>;
  /** The declared patterns, which people are shown. */
  readonly patterns: readonly [CommandPattern, ...CommandPattern[]];
  /** Those, and each with the operation's own name in place of its plain words. */
  readonly ways: readonly CommandPattern[];
}

/** A way to write an operation, which no other operation may have. */
interface Claim {
  command: Command;
  way: CommandPattern;
}

const literalWord = /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/;
const argumentWord = /^(?:<([A-Za-z][A-Za-z0-9_-]*?)(\.\.\.)?>|\[([A-Za-z][A-Za-z0-9_-]*?)(\.\.\.)?\])$/;

/**
 * Reads the patterns of one service's operations.
 *
 * @throws Error that names the operation whose pattern can't be read, or can't be told from another one.
 */
export function compileCommands(service: string, operations: readonly CommandOperation[]): Command[] {
  const commands = operations.map((operation) => compile(service, operation));
  const claims: Claim[] = [];
  for (const command of commands) {
    for (const way of command.ways) {
      const twin = claims.find((claim) => claim.command !== command && alike(claim.way, way));
      if (twin) throw indistinct(service, { command, way }, twin);
      claims.push({ command, way });
    }
  }
  return commands;
}

function compile(service: string, operation: CommandOperation): Command {
  const fields = fieldsOf(operation.inputSchema);
  const [first, ...more] = [operation.slash ?? byName(operation, fields)].flat();
  const read = (text: string) => readPattern(`${service}.${operation.name}`, text, fields);
  if (first === undefined) throw new Error(`${service}.${operation.name}: its list of slash patterns is empty`);
  const patterns: Command['patterns'] = [read(first), ...more.map(read)];
  patterns.forEach((pattern, at) => {
    const twin = patterns.slice(0, at).find((other) => alike(other, pattern));
    if (twin)
      throw new Error(
        `${service}.${operation.name}: "${written(pattern)}" and "${written(twin)}" are the same pattern`,
      );
  });
  const ways: CommandPattern[] = [...patterns];
  // the others are other ways to say it, and their arguments may mean something else
  const named = withOwnName(operation.name, patterns[0]);
  if (!ways.some((way) => alike(way, named))) ways.push(named);
  return { operation, fields, patterns, ways };
}

function byName(operation: CommandOperation, fields: ReadonlyMap<string, Field>): string {
  const required = [...fields.values()].filter((field) => field.required);
  return [operation.name, ...required.map((field) => `<${field.flag}>`)].join(' ');
}

function readPattern(id: string, text: string, fields: ReadonlyMap<string, Field>): CommandPattern {
  const refuse = (why: string) => new Error(`${id}: slash pattern "${text}" ${why}`);
  const elements: (Literal | Argument)[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const last = elements.at(-1);
    if (last?.kind === 'argument' && last.rest) throw refuse(`goes on after <${last.field.flag}...>, which takes all`);
    if (!literalWord.test(word)) {
      elements.push(readArgument(word, elements, fields, refuse));
    } else if (last?.kind === 'literal') {
      elements[elements.length - 1] = literal(`${last.written} ${word}`);
    } else {
      elements.push(literal(word));
    }
  }
  const [only, ...others] = elements;
  if (!elements.some((element) => element.kind === 'literal')) throw refuse('needs a plain word');
  if (only?.kind === 'literal' && only.phrase === 'help' && others.length === 0) throw refuse('is the word for help');
  return { elements };
}

function readArgument(
  word: string,
  before: readonly (Literal | Argument)[],
  fields: ReadonlyMap<string, Field>,
  refuse: (why: string) => Error,
): Argument {
  const found = argumentWord.exec(word);
  const name = found?.[1] ?? found?.[3];
  if (!found || name === undefined) {
    throw refuse(`holds "${word}": expected a lower-case word, <required>, [optional] or <rest...>`);
  }
  const field = fields.get(toFlag(name));
  if (!field) {
    const known = [...fields.values()].map((each) => each.name).join(', ') || 'none';
    throw refuse(`names ${word}, which is not a field of the input (${known})`);
  }
  if (before.some((element) => element.kind === 'argument' && element.field === field)) {
    throw refuse(`names ${word} twice`);
  }
  return {
    kind: 'argument',
    field,
    required: found[1] !== undefined,
    rest: found[2] !== undefined || found[4] !== undefined,
  };
}

function literal(written: string): Literal {
  return { kind: 'literal', written, phrase: written.replace(/[ _]/g, '-') };
}

/** The name stands where the first plain words were; plain words further on fall away. */
function withOwnName(name: string, pattern: CommandPattern): CommandPattern {
  const first = pattern.elements.findIndex((element) => element.kind === 'literal');
  const elements = pattern.elements.flatMap((element, at) => {
    if (element.kind === 'argument') return element;
    return at === first ? literal(name) : [];
  });
  return { elements };
}

/** Whether some line fits both patterns with its plain words in the same places, so that nothing tells them apart. */
function alike(one: CommandPattern, other: CommandPattern): boolean {
  const shapes = shapesOf(other.elements);
  return shapesOf(one.elements).some((a) => shapes.some((b) => meet(a, b)));
}

/** One way to fill in a pattern: plain words and `*`, then a number of arguments, or more where it is open. */
interface Shape {
  head: string;
  tail: number;
  open: boolean;
}

function shapesOf(elements: readonly (Literal | Argument)[]): Shape[] {
  let shapes: Shape[] = [{ head: '', tail: 0, open: false }];
  for (const element of elements) {
    shapes = shapes.flatMap((shape) => {
      if (element.kind === 'literal') {
        return {
          head: `${shape.head}${' *'.repeat(shape.tail)} ${element.phrase.replaceAll('-', ' ')}`,
          tail: 0,
          open: false,
        };
      }
      const filled = { ...shape, tail: shape.tail + 1, open: element.rest };
      return element.required ? filled : [filled, shape];
    });
  }
  return shapes;
}

function meet(a: Shape, b: Shape): boolean {
  if (a.head !== b.head) return false;
  return a.tail === b.tail || (a.open && b.tail > a.tail) || (b.open && a.tail > b.tail);
}

function indistinct(service: string, taken: Claim, claimed: Claim): Error {
  const tell = ({ command, way }: Claim) => `"${written(way)}" of ${service}.${command.operation.name}`;
  return new Error(
    `${service}.${taken.command.operation.name}: nothing tells ${tell(taken)} from ${tell(claimed)}. ` +
      'Give one of them another plain word',
  );
}

/** A pattern as people write it. */
export function written(pattern: CommandPattern): string {
  return pattern.elements.map(show).join(' ');
}

function show(element: Literal | Argument): string {
  if (element.kind === 'literal') return element.written;
  const name = element.field.flag + (element.rest ? '...' : '');
  return element.required ? `<${name}>` : `[${name}]`;
}
