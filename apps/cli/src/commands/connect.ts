import { resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { KEY_VARIABLE, type Target } from '../connect/client.js';
import { clients } from '../connect/clients.js';
import { replaceFile, serverAlone, withServer } from '../connect/written-file.js';
import type { GlobalOptions } from '../connection.js';
import { addressOptions, mcpPath, type AddressOptions } from '../mcp-address.js';
import type { AddCommands, Session } from '../session.js';

interface ConnectOptions extends AddressOptions, GlobalOptions {
  readonly write?: boolean;
  readonly name: string;
  /** False with `--no-key`. */
  readonly key: boolean;
}

export const addConnect: AddCommands = (program, open) => {
  addressOptions(program.command('connect'))
    .description('Prints what a client needs to reach the gateway, or writes it into its file')
    .addArgument(new Argument('[client]', 'leave it out for a list').choices(clients.map(({ id }) => id)))
    .option('--write', 'write it into the client’s file; what else stands there stays')
    .option('--name <name>', 'what the client calls the gateway', 'gateway')
    .option('--no-key', 'for a client that the gateway knows by its address')
    .action((id: string | undefined, _options: unknown, command: Command) => {
      const session = open(command);
      const { printer, terminal } = session;
      const client = clients.find((each) => each.id === id);
      if (!client) {
        const known = clients.map((each) => ({ client: each.id, title: each.title }));
        return printer.result(known, () =>
          printer.table(
            ['client', 'what it is'],
            known.map((each) => [each.client, each.title]),
            '',
          ),
        );
      }
      const options = command.optsWithGlobals<ConnectOptions>();
      const file = client.file(targetOf(options, session), terminal);
      if (options.write) replaceFile(file.path, withServer(file, options.name));
      printer.result({ client: client.id, ...file, written: options.write === true }, () => {
        if (options.write) printer.line(`Written to ${file.path}`);
        else {
          printer.note(`Put this into ${file.path} (--write does):`);
          printer.line(serverAlone(file, options.name).trimEnd());
        }
        if (file.then) printer.note(file.then);
        if (options.key) printer.note(`A key for this client alone: mcp-gateway keys create ${client.id} -p read`);
      });
    });
};

function targetOf(options: ConnectOptions, { gateway, terminal }: Session): Target {
  const { key, keyFile, server, toolset } = options;
  const [command, ...args] = terminal.self;
  const only = server !== undefined ? ['--server', server] : toolset !== undefined ? ['--toolset', toolset] : [];
  return {
    url: gateway.address(mcpPath(options)).href,
    key,
    bridge: {
      command,
      args: [...args, 'stdio', ...only],
      env: {
        MCP_GATEWAY_URL: gateway.url.href,
        ...(key && keyFile !== undefined && { [`${KEY_VARIABLE}_FILE`]: resolve(terminal.directory, keyFile) }),
      },
    },
  };
}
