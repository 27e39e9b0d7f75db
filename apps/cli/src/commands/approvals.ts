import { Option, type Command } from 'commander';
import type { AddCommands } from '../session.js';
import { allOf } from '../pages.js';

interface Approval {
  readonly id: string;
  readonly state: string;
  readonly operation: string;
  readonly caller: string;
  readonly asker: { readonly subject: string };
  readonly arguments: unknown;
  readonly touches: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string;
}

interface ListOptions {
  readonly state: string;
}

interface AnswerOptions {
  readonly note?: string;
}

const states = ['pending', 'approved', 'denied', 'expired', 'running', 'done', 'lost', 'all'];

export const addApprovals: AddCommands = (program, open) => {
  const approvals = program.command('approvals').description('Calls that wait for a person (needs approve)');
  approvals
    .command('list', { isDefault: true })
    .description('Lists calls with exactly what they would do')
    .addOption(new Option('--state <state>', 'only those in this state').choices(states).default('pending'))
    .action(async ({ state }: ListOptions, command: Command) => {
      const { gateway, printer } = open(command);
      const query = { state: state === 'all' ? undefined : state };
      printer.result(await allOf<Approval>(gateway, '/admin/approvals', query), (items) => {
        if (items.length === 0) printer.line(state === 'pending' ? 'Nothing waits.' : 'There are none.');
        for (const each of items) {
          printer.styled(printer.style('bold', each.id), `  ${each.state}  `, printer.style('cyan', each.operation));
          printer.line(`  asked by ${each.asker.subject} at ${each.createdAt}, until ${each.expiresAt}`);
          printer.line(`  with ${JSON.stringify(each.arguments)}`);
          for (const touched of each.touches) printer.line(`  ${touched}`);
        }
      });
    });
  for (const decision of ['approve', 'deny'] as const) {
    approvals
      .command(decision)
      .description(decision === 'approve' ? 'Lets a call run' : 'Refuses a call')
      .argument('<id>')
      .option('--note <text>', 'why, for the one who asked')
      .action(async (id: string, { note }: AnswerOptions, command: Command) => {
        const { gateway, printer } = open(command);
        const answered = await gateway.post<Approval>(`/admin/approvals/${encodeURIComponent(id)}`, 'id', {
          decision,
          note,
        });
        printer.result(answered, ({ operation, state }) => printer.line(`${operation}: ${state}`));
      });
  }
};
