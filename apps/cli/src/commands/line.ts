import type { Command } from 'commander';
import { envelopeShown, type Envelope } from '../envelope.js';
import type { AddCommands } from '../session.js';

const LINE = 'line';
const withValue = new Set(['--url', '--key-file']);

interface Usage {
  readonly usage: readonly string[];
  readonly description: string;
}

/** A slash command needs no command before it: what comes after its first word is its own, flags too. */
export function withLineCommand(args: readonly string[]): readonly string[] {
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (word.startsWith('/')) return [...args.slice(0, at), LINE, '--', ...args.slice(at)];
    if (withValue.has(word)) at += 1;
    else if (!word.startsWith('-')) return args;
  }
  return args;
}

export const addLine: AddCommands = (program, open) => {
  program
    .command(LINE, { hidden: true })
    .argument('<words...>')
    .action(async (words: string[], _options, command: Command) => {
      const { gateway, printer } = open(command);
      const answer = await gateway.post<Envelope>('/mcp/execute', 'metadata', { command: commandOf(words) });
      printer.result(answer, ({ data }) => {
        const { commands } = data as { commands?: readonly Usage[] };
        if (!Array.isArray(commands)) return envelopeShown(printer, answer);
        for (const { usage, description } of commands as readonly Usage[]) {
          for (const each of usage) printer.styled(printer.style('bold', each));
          printer.line(`    ${description}`);
        }
      });
    });
};

/** The line that was typed, of the words that the shell made of it. */
export function commandOf(words: readonly string[]): string {
  const [only] = words;
  return words.length === 1 && only !== undefined ? only : words.map(quoted).join(' ');
}

/** A shell has taken the quotes away; JSON stays as it is. */
function quoted(word: string): string {
  if (word.startsWith('{') || /^[^\s'"\\]+$/.test(word)) return word;
  const flag = /^(--[A-Za-z][\w-]*=)(.*)$/s.exec(word);
  const [head, text] = flag ? [flag[1] ?? '', flag[2] ?? ''] : ['', word];
  return `${head}'${text.replaceAll("'", `'\\''`)}'`;
}
