import { OperationError } from '#libs/kit';
import { readJson } from './command-json.js';

/** `quoted` when any part of the word was quoted or escaped. Whether a flag takes the next word, the schema decides. */
export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'flag'; readonly name: string; readonly value?: string };

export interface CommandCall {
  readonly kind: 'call';
  /** As it was written. */
  readonly service: string;
  readonly tokens: readonly Token[];
  readonly json?: Readonly<Record<string, unknown>>;
}

/** `/help` has no service. */
export interface CommandHelp {
  readonly kind: 'help';
  readonly service?: string;
}

export type CommandLine = CommandCall | CommandHelp;

const MAX_BYTES = 64 * 1024;
const start = /[ \t\r\n]*\/(?:help|mcp-([A-Za-z0-9][A-Za-z0-9_-]*))(?=[ \t\r\n]|$)/y;
const blanks = /(?:[ \t\r\n]|\\\r?\n)*/y;
const plain = /[^ \t\r\n'"\\]+/y;
const flagName = /--([A-Za-z][A-Za-z0-9_-]*)(?=[= \t\r\n]|$)/y;
const endOfFlags = /--(?=[ \t\r\n]|$)/y;
const betweenEscapes = /[^"\\]+/y;
const newline = /\r?\n/y;

/**
 * Splits a command as a POSIX shell splits words, with no shell behind it: `$`, `;`, `|` and `*` are plain text.
 *
 * @throws OperationError `invalid`, which says where the text goes wrong and how to write it.
 */
export function tokenize(text: string): CommandLine {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    const [expected, got] = ['at most 64 KiB of text', 'more'];
    throw new OperationError(
      'invalid',
      'A command may be at most 64 KiB long. Send large arguments over another door.',
      {
        issues: [{ path: 'command', expected, got }],
      },
    );
  }
  return new Scanner(text).line();
}

class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  line(): CommandLine {
    const service = this.start();
    if (service === undefined) return this.helpAlone();
    const tokens: Token[] = [];
    let flagsEnded = false;
    for (this.take(blanks); this.at < this.text.length; this.take(blanks)) {
      if (this.text[this.at] === '{') return { kind: 'call', service, tokens, json: this.json() };
      if (flagsEnded || !this.text.startsWith('--', this.at)) tokens.push(this.word());
      else if (this.take(endOfFlags)) flagsEnded = true;
      else tokens.push(this.flag());
    }
    return asksForHelp(tokens) ? { kind: 'help', service } : { kind: 'call', service, tokens };
  }

  /** The service after `/mcp-`; undefined for `/help`. */
  private start(): string | undefined {
    const found = this.take(start);
    if (found) return found[1];
    this.take(blanks);
    const advice = 'A command starts with /mcp-<service>, as in /mcp-postgres demo list tables. /help lists them';
    throw this.fault(this.at, '/mcp-<service>', this.excerpt(this.at), advice);
  }

  private helpAlone(): CommandHelp {
    this.take(blanks);
    if (this.at === this.text.length) return { kind: 'help' };
    const advice = '/help stands alone. For one service write /mcp-<service> help';
    throw this.fault(this.at, 'nothing after /help', this.excerpt(this.at), advice);
  }

  private flag(): Token {
    const found = this.take(flagName);
    const name = found?.[1];
    if (name === undefined) {
      const advice = 'Write a flag as --name or --name=value. A text that begins with -- goes into quotes or after --';
      throw this.fault(this.at, 'the name of a flag', this.excerpt(this.at), advice);
    }
    if (this.text[this.at] !== '=') return { kind: 'flag', name };
    this.at += 1;
    return { kind: 'flag', name, value: this.word().text };
  }

  private word() {
    let text = '';
    let quoted = false;
    for (;;) {
      const from = this.at;
      const piece = this.piece();
      if (piece === undefined) return { kind: 'word', text, quoted } as const;
      quoted ||= '\'"\\'.includes(this.text[from] ?? '');
      text += piece;
    }
  }

  /** The next of the adjacent pieces that make up a word; undefined where the word ends. */
  private piece(): string | undefined {
    switch (this.text[this.at]) {
      case "'":
        return this.singleQuoted();
      case '"':
        return this.doubleQuoted();
      case '\\':
        return this.escaped();
      case undefined:
      default:
        return this.take(plain)?.[0];
    }
  }

  private singleQuoted(): string {
    const from = this.at;
    const end = this.text.indexOf("'", from + 1);
    if (end < 0) throw this.unclosed(from, "'", "An apostrophe goes into double quotes or is written \\'");
    this.at = end + 1;
    return this.text.slice(from + 1, end);
  }

  private doubleQuoted(): string {
    const from = this.at;
    let text = '';
    this.at += 1;
    for (;;) {
      text += this.take(betweenEscapes)?.[0] ?? '';
      const char = this.text[this.at];
      if (char === undefined) throw this.unclosed(from, '"', 'A double quote that is meant as text is written \\"');
      this.at += 1;
      if (char === '"') return text;
      if (this.take(newline)) continue;
      const next = this.text[this.at];
      // Inside double quotes a shell lets the backslash escape these alone and keeps it before all others.
      if (next !== undefined && '$`"\\'.includes(next)) {
        text += next;
        this.at += 1;
      } else {
        text += '\\';
      }
    }
  }

  private escaped(): string {
    const from = this.at;
    this.at += 1;
    if (this.take(newline)) return '';
    const codePoint = this.text.codePointAt(this.at);
    if (codePoint === undefined) {
      const advice = 'A backslash escapes the character after it. Write \\\\ for a backslash';
      throw this.fault(from, 'a character after the backslash', 'the end of the line', advice);
    }
    const char = String.fromCodePoint(codePoint);
    this.at += char.length;
    return char;
  }

  private json(): Record<string, unknown> {
    const reading = readJson(this.text.slice(this.at));
    if ('value' in reading) return reading.value as Record<string, unknown>;
    const at = this.at + reading.problem.at;
    const advice =
      'A word that begins with { starts the JSON object that ends the line, as in {"data": "text"}. ' +
      'Put it into single quotes if it is meant as text';
    throw this.fault(at, reading.problem.expected, this.excerpt(at), advice);
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  private unclosed(from: number, quote: string, advice: string): OperationError {
    return this.fault(from, `a closing ${quote}`, `a ${quote} that is never closed`, advice);
  }

  private excerpt(at: number): string {
    const shown = [...this.text.slice(at, at + 60)].slice(0, 24).join('');
    return shown === '' ? 'the end of the line' : JSON.stringify(shown);
  }

  private fault(at: number, expected: string, got: string, advice: string): OperationError {
    const before = this.text.slice(0, at).split('\n');
    const line = before.length;
    const column = [...(before.at(-1) ?? '')].length + 1;
    const where = line === 1 ? `Column ${column}` : `Line ${line}, column ${column}`;
    return new OperationError('invalid', `${where}: expected ${expected}, got ${got}. ${advice}.`, {
      issues: [{ path: 'command', expected, got }],
      line,
      column,
    });
  }
}

function asksForHelp(tokens: readonly Token[]): boolean {
  const [only, ...more] = tokens;
  if (only === undefined || more.length > 0) return false;
  return only.kind === 'flag' ? only.name === 'help' : only.text === 'help' && !only.quoted;
}
