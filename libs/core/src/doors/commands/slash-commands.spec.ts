import { describe, expect, it } from 'vitest';
import type { Policy } from '../../access/policy/policy.js';
import type { Catalog } from '../../catalog/catalog.js';
import type { CallOrigin } from '../../execution/call-context.js';
import type { OperationExecutor } from '../../execution/operation-executor.js';
import { SlashCommands } from './slash-commands.js';

const executor = {
  refuse: (_id: string, input: unknown) => Promise.resolve(Object.assign(new Error('refused'), { input })),
};
const commands = new SlashCommands(
  {} as unknown as Catalog,
  executor as unknown as OperationExecutor,
  {} as unknown as Policy,
);

/** What is recorded of a command that can't be read. */
async function recordedOf(text: string): Promise<unknown> {
  const error: unknown = await commands.run(text, {} as unknown as CallOrigin).catch((thrown: unknown) => thrown);
  return (error as { input?: unknown }).input;
}

describe('of a command that can not be read', () => {
  it.each([
    [`/mcp-postgres demo query 'x`, `/mcp-postgres demo query 'x`],
    [`/mcp-postgres  demo \t --password=x '`, '/mcp-postgres  demo'],
    [`/mcp-postgres demo\n{"password": "x`, '/mcp-postgres demo'],
    [`/mcp-postgres demo--x {'`, '/mcp-postgres demo--x'],
    [`/mcp-postgres demo '${'x'.repeat(5_000)}`, `/mcp-postgres demo '${'x'.repeat(1_980)}`],
  ])('the beginning is recorded: %s', async (text, command) => {
    expect(await recordedOf(text)).toEqual({ command });
  });

  it.each([60_000, 1_000_000])('%d blanks take no time', async (count) => {
    const startedAt = performance.now();
    await recordedOf(`/mcp-postgres${' '.repeat(count)}'`);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
