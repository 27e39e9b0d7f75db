import type { Command } from 'commander';
import { text } from 'node:stream/consumers';
import { resolve } from 'node:path';
import { callArguments, fileText, wholeInput } from '../call-arguments.js';
import { operationNamed } from '../catalog.js';
import { envelopeShown, type Envelope } from '../envelope.js';
import type { AddCommands } from '../session.js';
import type { Terminal } from '../terminal.js';

interface CallOptions {
  readonly input?: string;
}

export const addCall: AddCommands = (program, open) => {
  program
    .command('call')
    .description('Calls an operation: mcp-gateway call postgres.list-tables database=demo')
    .argument('<operation>', 'postgres.list-tables, or the name of its tool')
    .argument('[arguments...]', 'name=value, name:=json or name=@file')
    .option('--input <file>', 'the arguments as a JSON object from a file; - is standard input')
    .action(async (name: string, words: string[], { input }: CallOptions, command: Command) => {
      const { gateway, printer, terminal } = open(command);
      const { service, operation } = await operationNamed(gateway, name);
      const given = {
        ...(input !== undefined && wholeInput(await inputText(input, terminal), '--input')),
        ...callArguments(words, operation.inputSchema, terminal.directory),
      };
      const path = `/api/services/${encodeURIComponent(service)}/${encodeURIComponent(operation.name)}`;
      printer.result(await gateway.post<Envelope>(path, 'metadata', given), (answer) => envelopeShown(printer, answer));
    });
};

function inputText(file: string, { stdin, directory }: Terminal): string | Promise<string> {
  return file === '-' ? text(stdin) : fileText(resolve(directory, file));
}
