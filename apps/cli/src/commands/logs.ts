import { Option, type Command } from 'commander';
import { followRoom } from '../room.js';
import type { Printer } from '../printer.js';
import type { AddCommands } from '../session.js';

interface Entry {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly requestId?: string;
}

interface LogOptions {
  readonly follow?: boolean;
  readonly level?: string;
  readonly search?: string;
  readonly since?: string;
  readonly request?: string;
  readonly limit: string;
}

const levels = ['error', 'warn', 'info', 'debug'];

export const addLogs: AddCommands = (program, open) => {
  program
    .command('logs')
    .description('The gateway’s log (needs admin)')
    .option('-f, --follow', 'go on with what comes')
    .addOption(new Option('--level <level>', 'this and worse').choices(levels))
    .option('--search <text>', 'only entries with this text')
    .option('--request <id>', 'only entries of one request')
    .option('--since <time>', 'ISO 8601')
    .option('--limit <number>', 'of what there is already', '50')
    .action(async (options: LogOptions, command: Command) => {
      const { gateway, printer, terminal } = open(command);
      const { level, search, since, limit, request } = options;
      const query = { level, search, since, limit, requestId: request };
      const { entries } = await gateway.get<{ entries: readonly Entry[] }>('/logs', 'entries', query);
      for (const entry of entries.toReversed()) show(printer, entry);
      if (!options.follow) return;
      const fits = filterOf(options);
      const events = followRoom<Entry>(gateway, 'logs', terminal.interrupted, (problem) => printer.note(problem));
      for await (const entry of events) if (fits(entry)) show(printer, entry);
    });
};

function show(printer: Printer, entry: Entry): void {
  if (printer.json) return printer.compact(entry);
  const { time, level, message, requestId } = entry;
  const style = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'cyan';
  const tail = requestId ? printer.style('dim', `  ${requestId}`) : '';
  printer.styled(
    printer.style('dim', time),
    ' ',
    printer.style(style, level.padEnd(5)),
    ` ${printer.plain(message)}`,
    tail,
  );
}

function filterOf({ level, search, request }: LogOptions): (entry: Entry) => boolean {
  const worst = level === undefined ? levels.length : levels.indexOf(level);
  const text = search?.toLowerCase();
  return (entry) =>
    levels.indexOf(entry.level) <= worst &&
    (request === undefined || entry.requestId === request) &&
    (text === undefined || JSON.stringify(entry).toLowerCase().includes(text));
}
