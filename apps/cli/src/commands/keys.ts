import { InvalidArgumentError, type Command } from 'commander';
import type { AddCommands } from '../session.js';
import { allOf } from '../pages.js';

interface Key {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly permissions: readonly string[];
  readonly team: string | null;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly useCount: number;
}

interface NewKey {
  readonly id: string;
  readonly key: string;
}

interface CreateOptions {
  readonly permission: readonly string[];
  readonly owner?: string;
  readonly team?: string;
  readonly expires?: string;
  readonly network?: readonly string[];
}

interface RotateOptions {
  readonly overlap?: number;
}

export const addKeys: AddCommands = (program, open) => {
  const keys = program.command('keys').description('API keys (needs admin)');
  keys
    .command('list', { isDefault: true })
    .description('Lists the keys')
    .action(async (_options, command: Command) => {
      const { gateway, printer } = open(command);
      printer.result(await allOf<Key>(gateway, '/admin/api-keys'), (items) =>
        printer.table(
          ['id', 'name', 'begins with', 'permissions', 'team', 'expires', 'last used', 'uses'],
          items.map((key) => [
            key.id,
            key.name,
            key.prefix,
            key.permissions.join(' '),
            key.team,
            key.expiresAt,
            key.lastUsedAt,
            key.useCount,
          ]),
          'There are no keys.',
        ),
      );
    });
  keys
    .command('create')
    .description('Makes a key, which is shown this once')
    .argument('<name>')
    .requiredOption('-p, --permission <permission...>', 'read, postgres:read, postgres.query, …')
    .option('--owner <name>')
    .option('--team <name>')
    .option('--expires <time>', 'ISO 8601, as in 2027-01-31T00:00:00Z')
    .option('--network <cidr...>', 'networks that it is taken from')
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const { gateway, printer } = open(command);
      const made = await gateway.post<NewKey>('/admin/api-keys', 'key', {
        name,
        permissions: options.permission,
        owner: options.owner,
        team: options.team,
        expiresAt: options.expires,
        allowedNetworks: options.network,
      });
      printer.result(made, ({ id, key }) => {
        printer.line(key);
        printer.note(`It is shown this once. Its id is ${id}.`);
      });
    });
  keys
    .command('revoke')
    .description('Ends a key at once, everywhere')
    .argument('<id>')
    .action(async (id: string, _options, command: Command) => {
      const { gateway, printer } = open(command);
      await gateway.delete(`/admin/api-keys/${encodeURIComponent(id)}`);
      printer.result({ id }, () => printer.line('It has ended.'));
    });
  keys
    .command('rotate')
    .description('Puts a new key in the place of one')
    .argument('<id>')
    .option('--overlap <seconds>', 'how long the old one goes on working, at most 7 days', wholeNumber)
    .action(async (id: string, { overlap }: RotateOptions, command: Command) => {
      const { gateway, printer } = open(command);
      const body = overlap === undefined ? {} : { overlapSeconds: overlap };
      const path = `/admin/api-keys/${encodeURIComponent(id)}/rotate`;
      printer.result(await gateway.post<NewKey>(path, 'key', body), ({ key }) => {
        printer.line(key);
        printer.note('It is shown this once.');
      });
    });
};

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number of seconds');
  return Number(text);
}
