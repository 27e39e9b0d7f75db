import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { mayCall } from '../../access/permissions.js';
import type { CatalogService } from '../../catalog/catalog-entry.js';
import { Catalog } from '../../catalog/catalog.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { callResult } from '../../execution/call-result.js';
import { envelope } from '../../execution/envelope.js';
import { OperationExecutor } from '../../execution/operation-executor.js';
import { StartError } from '#libs/kit';
import { tokenize, type CommandCall } from './command-line.js';
import { CommandSet } from './command-set.js';

/** Runs slash commands: reads the line, finds the operation by its service's patterns, and hands it to the executor. */
@Injectable()
export class SlashCommands implements OnApplicationBootstrap {
  private readonly sets = new Map<string, CommandSet>();

  constructor(
    private readonly catalog: Catalog,
    private readonly executor: OperationExecutor,
  ) {}

  onApplicationBootstrap(): void {
    for (const service of this.catalog.services) this.sets.set(service.name, compile(service));
  }

  /** The envelope, as JSON, of what the command answered. */
  async run(text: string, origin: CallOrigin): Promise<string> {
    const line = tokenize(text);
    if (line.kind === 'call') return this.call(line, origin);
    const services =
      line.service === undefined
        ? this.catalog.visibleTo(origin.caller)
        : [this.catalog.findService(line.service, origin.caller)];
    return this.help(services, origin);
  }

  private async call(line: CommandCall, origin: CallOrigin): Promise<string> {
    const { name } = this.catalog.findService(line.service, origin.caller);
    const visible = (operation: string) => this.isVisible(`${name}.${operation}`, origin.caller);
    const bound = this.setOf(name).bind(line, visible);
    return envelope(await this.executor.execute(`${name}.${bound.operation}`, bound.arguments, origin));
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
    return mayCall(caller, this.catalog.find(id, caller));
  }

  private setOf(service: string): CommandSet {
    const set = this.sets.get(service);
    if (!set) throw new Error(`The commands of ${service} were asked for before the start was complete`);
    return set;
  }
}

function compile({ name, operations }: CatalogService): CommandSet {
  try {
    return new CommandSet(
      name,
      operations.map((operation) => ({ ...operation, slash: operation.patterns })),
    );
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}
