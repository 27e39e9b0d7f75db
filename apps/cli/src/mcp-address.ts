import type { Command } from 'commander';
import { Failure } from './failure.js';

export interface AddressOptions {
  readonly server?: string;
  readonly toolset?: string;
}

export function addressOptions(command: Command): Command {
  return command
    .option('--server <upstream>', 'only one MCP server behind the gateway')
    .option('--toolset <name>', 'only a toolset');
}

/** The MCP address of the whole gateway, or of a part of it. */
export function mcpPath({ server, toolset }: AddressOptions): string {
  if (server !== undefined && toolset !== undefined) throw new Failure('usage', 'Give --server or --toolset, not both');
  if (server !== undefined) return `/mcp/servers/${encodeURIComponent(server)}`;
  if (toolset !== undefined) return `/mcp/toolsets/${encodeURIComponent(toolset)}`;
  return '/mcp';
}
