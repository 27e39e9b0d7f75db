import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { StartError, type Caller } from '#libs/kit';
import { Policy } from '../../access/policy/policy.js';
import type { CatalogService } from '../../catalog/catalog-entry.js';
import { Catalog } from '../../catalog/catalog.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { isTicket } from '../../execution/approvals/ticket.js';
import { callResult } from '../../execution/call-result.js';
import { envelope } from '../../execution/envelope.js';
import { OperationExecutor } from '../../execution/operation-executor.js';
import { tokenize, type CommandCall, type CommandLine } from './command-line.js';
import { CommandSet } from './command-set.js';

/**
 * Of a longer command that is refused it is not asked again which operation was meant, since finding out takes its time,
 * and no more than this is recorded.
 */
const LOOKED_AT_TWICE = 2_000;

/** Runs slash commands: reads the line, finds the operation by its service's patterns, and hands it to the executor. */
@Injectable()
export class SlashCommands implements OnApplicationBootstrap {
  private readonly sets = new WeakMap<CatalogService, CommandSet>();

  constructor(
    private readonly catalog: Catalog,
    private readonly executor: OperationExecutor,
    private readonly policy: Policy,
  ) {}

  onApplicationBootstrap(): void {
    for (const service of this.catalog.services) this.setOf(service.name);
  }

  /** The envelope, as JSON, of what the command answered. */
  async run(text: string, origin: CallOrigin): Promise<string> {
    const line = await this.read(text, origin);
    if (line.kind === 'call') return this.call(line, text, origin);
    const services =
      line.service === undefined
        ? this.catalog.visibleTo(origin.caller)
        : [this.catalog.findService(line.service, origin.caller)];
    return this.help(services, origin);
  }

  private async call(line: CommandCall, text: string, origin: CallOrigin): Promise<string> {
    const { id, input } = await this.bind(line, text, origin);
    return envelope(await this.executor.execute(id, input, origin));
  }

  private async read(text: string, origin: CallOrigin): Promise<CommandLine> {
    try {
      return tokenize(text);
    } catch (cause) {
      const [, service = '', operation = ''] = /^\s*\/mcp-([\w-]+)(?:\s+(\S+))?/.exec(text) ?? [];
      throw await this.executor.refuse(`${service}.${operation}`, { command: beginning(text) }, origin, cause);
    }
  }

  /** The operation that a line asks for. A line that can't be understood is a refused call. */
  private async bind(line: CommandCall, text: string, origin: CallOrigin) {
    let set: CommandSet | undefined;
    try {
      const { name } = this.catalog.findService(line.service, origin.caller);
      set = this.setOf(name);
      const visible = (operation: string) => this.isVisible(`${name}.${operation}`, origin.caller);
      const { ticket, line: rest } = splitTicketFlag(line);
      const bound = set.bind(rest, visible);
      return {
        id: `${name}.${bound.operation}`,
        input: ticket === undefined ? bound.arguments : { ...bound.arguments, ticket },
      };
    } catch (cause) {
      const isShort = text.length <= LOOKED_AT_TWICE;
      const operation = (isShort ? set?.operationOf(line) : undefined) ?? wordsOf(line);
      const given = { command: beginning(text), ...namedIn(line) };
      throw await this.executor.refuse(`${line.service}.${operation}`, given, origin, cause);
    }
  }

  private help(services: readonly CatalogService[], { caller, requestId }: CallOrigin): string {
    const commands = services.flatMap(({ name }) =>
      this.setOf(name)
        .help((operation) => this.isVisible(`${name}.${operation}`, caller))
        .map((command) => ({ service: name, ...command })),
    );
    const text = commands.map(({ usage, description }) => `${usage.join('\n')}\n    ${description}`).join('\n');
    const json = JSON.stringify({ commands, text });
    return envelope(callResult({ json }, 0, requestId));
  }

  private isVisible(id: string, caller: Caller): boolean {
    return this.policy.mayCall(caller, this.catalog.find(id, caller));
  }

  private setOf(service: string): CommandSet {
    const entry = this.catalog.services.find(({ name }) => name === service);
    if (!entry) throw new Error(`There is no service ${service} to give commands to`);
    const set = this.sets.get(entry) ?? compile(entry);
    this.sets.set(entry, set);
    return set;
  }
}

/** Takes `--ticket`, which belongs to any command whose call needs approval, out of a line. */
function splitTicketFlag(line: CommandCall): { ticket: string | undefined; line: CommandCall } {
  const at = line.tokens.findIndex((token) => token.kind === 'flag' && token.name === 'ticket');
  const [flag, next] = line.tokens.slice(at);
  if (at === -1 || flag?.kind !== 'flag') return { ticket: undefined, line };
  const ownsNext = flag.value === undefined && next?.kind === 'word';
  const ticket = ownsNext ? next.text : flag.value;
  if (!isTicket(ticket)) return { ticket: undefined, line };
  return { ticket, line: { ...line, tokens: line.tokens.toSpliced(at, ownsNext ? 2 : 1) } };
}

/** A command up to its flags and its JSON: what they hold is recorded by their names, or not at all. */
function beginning(text: string): string {
  const looked = text.slice(0, LOOKED_AT_TWICE);
  const end = looked.search(/\s(?:--|\{)/);
  return end === -1 ? looked : looked.slice(0, end).trimEnd();
}

/** The flags and the JSON of a line; a word behind a flag may be its value. */
function namedIn({ tokens, json }: CommandCall): Record<string, unknown> {
  const flags = tokens.flatMap((token, index) => {
    if (token.kind !== 'flag') return [];
    const next = tokens[index + 1];
    return [[token.name, token.value ?? (next?.kind === 'word' ? next.text : true)] as const];
  });
  return { ...Object.fromEntries(flags), ...json };
}

/** The plain words of a line that fits no command. */
function wordsOf({ tokens }: CommandCall): string {
  return tokens.flatMap((token) => (token.kind === 'word' ? token.text : [])).join(' ');
}

function compile({ name, operations }: CatalogService): CommandSet {
  try {
    return new CommandSet(
      name,
      operations
        .filter(({ patterns }) => patterns.length > 0)
        .map((operation) => ({ ...operation, slash: operation.patterns })),
    );
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}
