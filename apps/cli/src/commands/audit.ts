import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { Failure } from '../failure.js';
import type { Page } from '../gateway-client.js';
import { writeNewFile } from '../new-file.js';
import type { AddCommands } from '../session.js';

interface Line {
  readonly time: string;
  readonly requestId: string;
  readonly caller: string;
  readonly door: string;
  readonly service: string;
  readonly operation: string;
  readonly outcome: string;
  readonly errorKind?: string | null;
  readonly durationMs: number;
}

type Filter = Readonly<
  Record<'caller' | 'service' | 'operation' | 'outcome' | 'since' | 'until', string | undefined>
> & {
  readonly request?: string;
};

interface ListOptions extends Filter {
  readonly limit: number;
}

interface ExportOptions extends Filter {
  readonly format: string;
  readonly output?: string;
}

interface Verdict {
  readonly valid: boolean;
  readonly checked: number;
  readonly chains: number;
  readonly firstBad?: unknown;
}

export const addAudit: AddCommands = (program, open) => {
  const audit = program.command('audit').description('The account of every call (needs admin)');
  filtered(audit.command('list', { isDefault: true }))
    .description('Shows calls, the newest first')
    .option('--limit <number>', 'at most so many, up to 200', upTo200, 50)
    .action(async ({ limit, ...filter }: ListOptions, command: Command) => {
      const { gateway, printer } = open(command);
      const page = await gateway.get<Page<Line>>('/admin/audit', 'items', { ...queryOf(filter), limit });
      printer.result(page.items, (items) =>
        printer.table(
          ['time', 'caller', 'door', 'operation', 'outcome', 'ms', 'request'],
          items.map(({ time, caller, door, service, operation, outcome, errorKind, durationMs, requestId }) => [
            time,
            caller,
            door,
            `${service}.${operation}`,
            errorKind ? `${outcome} (${errorKind})` : outcome,
            Math.round(durationMs),
            requestId,
          ]),
          'No call fits.',
        ),
      );
    });
  audit
    .command('verify')
    .description('Looks whether any line was changed or is missing')
    .action(async (_options, command: Command) => {
      const { gateway, printer } = open(command);
      const verdict = await gateway.get<Verdict>('/admin/audit/verify', 'valid');
      if (!verdict.valid) {
        const first = JSON.stringify(verdict.firstBad);
        throw new Failure('failed', `The audit was changed; the first bad place: ${first}`, undefined, verdict);
      }
      printer.result(verdict, ({ checked, chains }) =>
        printer.line(`${checked} lines in ${chains} ${chains === 1 ? 'chain' : 'chains'}: nothing was changed.`),
      );
    });
  filtered(audit.command('export'))
    .description('Writes all calls that fit')
    .addOption(new Option('--format <format>').choices(['jsonl', 'csv']).default('jsonl'))
    .option('-o, --output <file>', 'a new file instead of standard output')
    .action(async ({ format, output, ...filter }: ExportOptions, command: Command) => {
      const { gateway, terminal } = open(command);
      const lines = gateway.stream('/admin/audit/export', { ...queryOf(filter), format });
      if (output === undefined) await pipeline(lines, terminal.stdout, { end: false });
      else await writeNewFile(resolve(terminal.directory, output), lines);
    });
};

function filtered(command: Command): Command {
  return command
    .option('--caller <id>')
    .option('--service <name>')
    .option('--operation <name>')
    .addOption(new Option('--outcome <outcome>').choices(['ok', 'error', 'denied', 'limited']))
    .option('--request <id>')
    .option('--since <time>', 'ISO 8601')
    .option('--until <time>', 'ISO 8601');
}

function queryOf({ caller, service, operation, outcome, since, until, request }: Filter) {
  return { caller, service, operation, outcome, since, until, requestId: request };
}

function upTo200(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 200) throw new InvalidArgumentError('1 to 200');
  return number;
}
