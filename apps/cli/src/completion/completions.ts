import type { Command } from 'commander';
import { operationNamed, servicesOf } from '../catalog.js';
import { Failure } from '../failure.js';
import type { GatewayClient, Page } from '../gateway-client.js';

/** Words that can stand where the last one stands, which may be begun; what the gateway would have to say only if it does. */
export async function completionsOf(
  program: Command,
  gateway: GatewayClient,
  words: readonly string[],
): Promise<readonly string[]> {
  const before = words.slice(0, -1).filter((word) => !word.startsWith('-'));
  const begun = words.at(-1) ?? '';
  const { command, rest } = commandOf(program, before);
  const all = begun.startsWith('-')
    ? optionsOf(command)
    : [...namesOf(command), ...(await valuesOf(gateway, command, rest))];
  return [...new Set(all)].filter((each) => each.startsWith(begun));
}

/** The command that words lead to, and the words behind it. */
function commandOf(program: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  const [first, ...rest] = words;
  const inner = program.commands.find((each) => each.name() === first);
  return inner ? commandOf(inner, rest) : { command: program, rest: words };
}

function namesOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => each.name());
}

function optionsOf(command: Command): string[] {
  const help = command.createHelp();
  const options = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
  return [...options, ...(command.parent ? help.visibleOptions(command.parent) : [])].flatMap(({ long }) => long ?? []);
}

async function valuesOf(gateway: GatewayClient, command: Command, rest: readonly string[]): Promise<readonly string[]> {
  const choices = command.registeredArguments[rest.length]?.argChoices;
  if (choices) return choices;
  try {
    return await askedValues(gateway, pathTo(command), rest);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

async function askedValues(gateway: GatewayClient, path: string, rest: readonly string[]): Promise<readonly string[]> {
  const [first] = rest;
  if (path === 'call' && first !== undefined) {
    const { operation } = await operationNamed(gateway, first);
    return Object.keys(operation.inputSchema.properties ?? {}).map((name) => `${name}=`);
  }
  if (first !== undefined) return [];
  if (path === 'call' || path === 'tools show') return operationIds(gateway);
  if (path === '') return (await servicesOf(gateway)).map(({ name }) => `/mcp-${name}`);
  if (/^upstreams (?:tools|approve|restart|remove)$/.test(path)) return namedBy(gateway, '/admin/upstreams', 'name');
  if (/^keys (?:revoke|rotate)$/.test(path)) return namedBy(gateway, '/admin/api-keys', 'id');
  if (/^approvals (?:approve|deny)$/.test(path)) return namedBy(gateway, '/admin/approvals', 'id');
  return [];
}

async function operationIds(gateway: GatewayClient): Promise<readonly string[]> {
  return (await servicesOf(gateway)).flatMap(({ operations }) => operations.map(({ id }) => id));
}

async function namedBy(gateway: GatewayClient, path: string, member: string): Promise<readonly string[]> {
  const { items } = await gateway.get<Page<Record<string, unknown>>>(path, 'items', { limit: 200 });
  return items.map((item) => String(item[member]));
}

function pathTo(command: Command): string {
  const { parent } = command;
  return parent ? `${pathTo(parent)} ${command.name()}`.trim() : '';
}
