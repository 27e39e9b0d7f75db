import type { Command } from 'commander';
import { addressOptions, mcpPath, type AddressOptions } from '../mcp-address.js';
import type { AddCommands } from '../session.js';

export const addStdio: AddCommands = (program, open) => {
  addressOptions(program.command('stdio'))
    .description('Speaks MCP over standard input and output, for clients that only start their servers')
    .action(async (options: AddressOptions, command: Command) => {
      const { gateway, terminal } = open(command);
      // the SDK takes a while to load, and no other command needs it
      const { runBridge } = await import('../stdio/bridge.js');
      await runBridge(gateway, mcpPath(options), terminal);
    });
};
