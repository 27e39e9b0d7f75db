import type { Command } from 'commander';
import { connectionOf, type GlobalOptions } from './connection.js';
import type { GatewayClient } from './gateway-client.js';
import { Printer } from './printer.js';
import type { Terminal } from './terminal.js';

/** What a command works with. */
export interface Session {
  readonly gateway: GatewayClient;
  readonly printer: Printer;
  readonly terminal: Terminal;
}

export type OpenSession = (command: Command) => Session;

/** Adds one group of commands to the program. */
export type AddCommands = (program: Command, open: OpenSession) => void;

export function sessionsAt(terminal: Terminal): OpenSession {
  return (command) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    return {
      gateway: connectionOf(options, terminal),
      printer: new Printer(terminal, options.json === true),
      terminal,
    };
  };
}
