import { styleText } from 'node:util';
import { plainText } from './plain-text.js';
import { tableOf, type Cell } from './table.js';
import type { Terminal } from './terminal.js';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Writes for people or, with `--json`, for programs. What comes from the gateway can't steer the terminal. */
export class Printer {
  private readonly colours: boolean;

  constructor(
    private readonly terminal: Terminal,
    /** Whether the one who reads is a program. */
    readonly json: boolean,
  ) {
    const { env, stdout } = terminal;
    this.colours = env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : stdout.isTTY === true && !env.NO_COLOR;
  }

  /** The answer as it is for programs; for people whatever `show` writes. */
  result<T>(answer: T, show: (answer: T) => void): void {
    // what would be written out is inside of texts, where JSON reads it as the same character
    if (this.json) this.line(JSON.stringify(answer, null, 2));
    else show(answer);
  }

  line(text = ''): void {
    this.raw(plainText(text));
  }

  /** One line of JSON. */
  compact(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  plain(text: string): string {
    return plainText(text);
  }

  /** A line that may hold what {@link style} made. */
  styled(...parts: readonly string[]): void {
    this.raw(parts.join(''));
  }

  style(style: Style, text: string): string {
    const plain = plainText(text);
    return this.colours ? styleText(style, plain, { validateStream: false }) : plain;
  }

  /** Rows under headings; the last column gives way where the terminal is narrow. */
  table(headings: readonly string[], rows: readonly (readonly Cell[])[], whenEmpty: string): void {
    if (rows.length === 0) return this.line(whenEmpty);
    const width = this.terminal.stdout.isTTY ? this.terminal.stdout.columns : undefined;
    const [first, ...lines] = tableOf(headings, rows, width);
    this.raw(this.style('bold', first ?? ''));
    for (const each of lines) this.raw(each);
  }

  /** For people only, beside the answer. */
  note(text: string): void {
    if (!this.json) this.terminal.stderr.write(`${plainText(text)}\n`);
  }

  error(text: string): void {
    this.terminal.stderr.write(`${plainText(text)}\n`);
  }

  private raw(text: string): void {
    this.terminal.stdout.write(`${text}\n`);
  }
}
