import { isDeepStrictEqual } from 'node:util';
import { OperationError, type InputIssue } from '#libs/kit';
import type { Field } from './command-field.js';
import { givenTwice, readFlags, type CommandProblem, type FlagReading } from './command-flags.js';
import type { CommandCall } from './command-line.js';
import { matchWords, type Match } from './command-match.js';
import { nearestCommands } from './command-nearest.js';
import { compileCommands, type Command, type CommandOperation, type CommandPattern } from './command-pattern.js';
import { valueForm, usageOf } from './command-usage.js';
import { valueOf, valueOfRest } from './command-value.js';

/** What a command line asks for. The arguments are not checked yet. */
export interface BoundCommand {
  operation: string;
  arguments: Record<string, unknown>;
}

/** One command as its help shows it: the first usage line is the one to prefer. */
export interface CommandUsage {
  operation: string;
  usage: string[];
  description: string;
}

/** Whether the caller may know of an operation. */
type Visible = (operation: string) => boolean;

/** A way to read a line: all plain words of the pattern are there. */
interface Candidate {
  command: Command;
  pattern: CommandPattern;
  match: Match;
  flags: FlagReading;
}

/** The slash commands of one service. */
export class CommandSet {
  private readonly commands: readonly Command[];

  /** Throws an Error that names the operation whose pattern can't be used. */
  constructor(
    private readonly service: string,
    operations: readonly CommandOperation[],
  ) {
    this.commands = compileCommands(service, operations);
  }

  /**
   * Finds the operation that a line asks for, and its arguments. Of a hidden operation nothing is told: what could be
   * read is handed on, for the executor to deny.
   *
   * @throws OperationError `unknown` where no command fits, `invalid` where one does but its arguments don't.
   */
  bind(line: CommandCall, visible: Visible = () => true): BoundCommand {
    const best = this.candidates(line).sort(byFit)[0];
    if (!best) throw this.unfit(line, visible);
    const { values, problems } = collect(best, line.json ?? {});
    const operation = best.command.operation.name;
    if (problems.length > 0 && visible(operation)) throw this.misused(best, problems, visible);
    return { operation, arguments: Object.fromEntries(values) };
  }

  /** The operation that a line comes nearest to; undefined where no command fits. */
  operationOf(line: CommandCall): string | undefined {
    return this.candidates(line).sort(byFit)[0]?.command.operation.name;
  }

  help(visible: Visible = () => true): CommandUsage[] {
    return this.visible(visible).map((command) => ({
      operation: command.operation.name,
      usage: command.patterns.map((pattern) => usageOf(this.service, command, pattern)),
      description: command.operation.description,
    }));
  }

  private candidates(line: CommandCall): Candidate[] {
    const json = line.json ?? {};
    return this.commands.flatMap((command) => {
      const flags = readFlags(line.tokens, command.fields);
      const isNamed = (field: Field) => flags.named.has(field) || Object.hasOwn(json, field.name);
      return command.ways.flatMap((pattern) => {
        const match = matchWords(pattern, flags.words, isNamed);
        return match ? { command, pattern, match, flags } : [];
      });
    });
  }

  private misused(candidate: Candidate, problems: readonly CommandProblem[], visible: Visible): OperationError {
    const { command, pattern, match, flags } = candidate;
    const usage = usageOf(this.service, command, pattern);
    const others = match.extra.length > 0 ? this.nearest(flags.words, visible).filter((line) => line !== usage) : [];
    const what = [...new Set(problems.map(({ message }) => message))].join('. ');
    return new OperationError('invalid', `${what}. Usage: ${usage}`, {
      issues: problems.map(({ path, expected, got }): InputIssue => ({ path, expected, got })),
      usage,
      ...(others.length > 0 && { didYouMean: others }),
    });
  }

  private unfit(line: CommandCall, visible: Visible): OperationError {
    const words = line.tokens.flatMap((token) => (token.kind === 'word' ? token.text : []));
    const didYouMean = this.nearest(words, visible);
    const list = `/mcp-${this.service} help lists the commands`;
    if (words.length === 0) {
      return new OperationError('invalid', `Say what ${this.service} is to do. ${list}`, {
        issues: [{ path: 'command', expected: `words after /mcp-${this.service}`, got: 'nothing' }],
      });
    }
    const guess = didYouMean[0] === undefined ? '' : ` Did you mean: ${didYouMean[0]}.`;
    return new OperationError('unknown', `${this.service} has no command ${excerpt(words)}.${guess} ${list}`, {
      didYouMean,
    });
  }

  private nearest(words: readonly string[], visible: Visible): string[] {
    return nearestCommands(words, this.visible(visible)).map(({ command, pattern }) =>
      usageOf(this.service, command, pattern),
    );
  }

  private visible(visible: Visible): Command[] {
    return this.commands.filter((command) => visible(command.operation.name));
  }
}

/** Whole ones first, then by their plain words: the more the better, the sooner the better. */
function byFit(one: Candidate, other: Candidate): number {
  const open = ({ match }: Candidate) => match.missing.length + match.extra.length;
  return (
    Number(open(one) > 0) - Number(open(other) > 0) ||
    other.match.literals - one.match.literals ||
    one.flags.problems.length - other.flags.problems.length ||
    open(one) - open(other) ||
    one.match.trace.localeCompare(other.match.trace)
  );
}

/** Words, flags and JSON together, and what is wrong with them. */
function collect({ match, flags }: Candidate, json: Readonly<Record<string, unknown>>) {
  const values = new Map<string, unknown>();
  const problems = [...flags.problems];
  const add = (name: string, value: unknown) => {
    if (values.has(name) && !isDeepStrictEqual(values.get(name), value)) problems.push(givenTwice(name));
    values.set(name, value);
  };
  for (const { argument, words } of match.taken) {
    const [word, ...more] = words;
    if (word === undefined) continue;
    const { field, rest } = argument;
    add(field.name, rest ? valueOfRest(field, [word, ...more]) : valueOf(field, [word]));
  }
  for (const [field, value] of flags.named) add(field.name, value);
  for (const [name, value] of Object.entries(json)) add(name, value);
  problems.push(...match.missing.map(missing));
  // After a flag that went wrong, the words left over may have been its own.
  if (match.extra.length > 0 && flags.problems.length === 0) problems.push(tooMany(match.extra));
  return { values, problems };
}

function missing(field: Field): CommandProblem {
  const message = `<${field.flag}> is missing`;
  return { path: field.name, expected: valueForm(field.type), got: 'nothing', message };
}

function tooMany(extra: readonly string[]): CommandProblem {
  const message = `${excerpt(extra)} is too much. Put words that belong together into quotes`;
  return { path: 'command', expected: 'no more words', got: excerpt(extra), message };
}

function excerpt(words: readonly string[]): string {
  const text = words.slice(0, 8).join(' ');
  return JSON.stringify(words.length > 8 || text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
