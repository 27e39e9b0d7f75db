import type { Command } from 'commander';
import { resolve } from 'node:path';
import { fileText } from '../call-arguments.js';
import type { AddCommands } from '../session.js';
import { allOf } from '../pages.js';

interface Upstream {
  readonly name: string;
  readonly origin: string;
  readonly state: string;
  readonly tools: number;
  readonly quarantined: number;
  readonly lastFailure: { readonly stage: string; readonly message: string; readonly at: string } | null;
}

interface Tool {
  readonly tool: string;
  readonly state: string;
  readonly hash?: string;
  readonly difference?: readonly { readonly member: string; readonly approved: unknown; readonly pending: unknown }[];
}

interface ApproveOptions {
  readonly hash?: string;
}

interface AddOptions {
  readonly tokenFile?: string;
}

const at = (name: string) => `/admin/upstreams/${encodeURIComponent(name)}`;

export const addUpstreams: AddCommands = (program, open) => {
  const upstreams = program.command('upstreams').description('MCP servers behind the gateway (needs admin)');
  upstreams
    .command('list', { isDefault: true })
    .description('Lists them with their state')
    .action(async (_options, command: Command) => {
      const { gateway, printer } = open(command);
      printer.result(await allOf<Upstream>(gateway, '/admin/upstreams'), (items) =>
        printer.table(
          ['name', 'from', 'state', 'tools', 'quarantined', 'last failure'],
          items.map(({ name, origin, state, tools, quarantined, lastFailure }) => [
            name,
            origin,
            state,
            tools,
            quarantined,
            lastFailure && `${lastFailure.stage}: ${lastFailure.message}`,
          ]),
          'There are none.',
        ),
      );
    });
  upstreams
    .command('tools')
    .description('Lists the tools of one, with what has changed of those in quarantine')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const { gateway, printer } = open(command);
      printer.result(await allOf<Tool>(gateway, `${at(name)}/tools`), (items) => {
        printer.table(
          ['tool', 'state'],
          items.map(({ tool, state }) => [tool, state]),
          'It has none.',
        );
        for (const { tool, hash, difference = [] } of items) {
          for (const { member, approved, pending } of difference) {
            printer.line(`\n${tool}: its ${member} has changed`);
            printer.styled(printer.style('red', `- ${JSON.stringify(approved)}`));
            printer.styled(printer.style('green', `+ ${JSON.stringify(pending)}`));
          }
          if (hash !== undefined) printer.line(`\nWhat ${tool} has become has the hash ${hash}`);
        }
      });
    });
  upstreams
    .command('approve')
    .description('Lets a tool be called as its upstream describes it now')
    .argument('<name>')
    .argument('<tool>')
    .option('--hash <hash>', 'of the definition that you have read; refused where it is another one by now')
    .action(async (name: string, tool: string, { hash }: ApproveOptions, command: Command) => {
      const { gateway, printer } = open(command);
      const approved = await gateway.post<Tool>(`${at(name)}/tools/${encodeURIComponent(tool)}/approve`, 'tool', {
        hash,
      });
      printer.result(approved, () => printer.line(`${tool} can be called as it is now.`));
    });
  upstreams
    .command('restart')
    .description('Connects to one anew')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const { gateway, printer } = open(command);
      const restarted = await gateway.post<Upstream>(`${at(name)}/restart`, 'name');
      printer.result(restarted, ({ state }) => printer.line(`It is ${state}.`));
    });
  upstreams
    .command('add')
    .description('Registers an MCP server that is reached over HTTP')
    .argument('<name>')
    .argument('<url>')
    .option('--token-file <path>', 'file that holds the token it wants')
    .action(async (name: string, url: string, { tokenFile }: AddOptions, command: Command) => {
      const { gateway, printer, terminal } = open(command);
      const auth = tokenFile === undefined ? undefined : bearer(fileText(resolve(terminal.directory, tokenFile)));
      const added = await gateway.post<Upstream>('/admin/upstreams', 'name', { name, url, auth });
      printer.result(added, ({ state }) => printer.line(`${name} is ${state}.`));
    });
  upstreams
    .command('remove')
    .description('Forgets one that was registered')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const { gateway, printer } = open(command);
      await gateway.delete(at(name));
      printer.result({ name }, () => printer.line('It is gone.'));
    });
};

function bearer(token: string) {
  return { type: 'bearer', token: token.trim() };
}
