import type { Level, LogEntry } from './log-entry.js';

/** Control characters, and those that turn the direction of what follows: they would forge lines and hide text. */
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const controlInLines = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const RESET = '\u001b[0m';
const colors: Record<Level, string> = {
  error: '\u001b[31m',
  warn: '\u001b[33m',
  info: '\u001b[32m',
  debug: '\u001b[35m',
};

/** A text whose control characters can be seen: `\n`, `\u001b`. */
export function escapeControls(text: string): string {
  return text.replace(control, visible);
}

/** The same for a text that may have lines. */
export function escapeControlsInLines(text: string): string {
  return text.replace(controlInLines, visible);
}

function visible(char: string): string {
  const escaped = JSON.stringify(char).slice(1, -1);
  return escaped === char ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : escaped;
}

/** One JSON object, and the end of its line. */
export function jsonLine(entry: LogEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** For people: a line, and the stack below it. */
export function prettyLine({ time, level, message, context, stack, ...more }: LogEntry, colored: boolean): string {
  const shown = level.toUpperCase().padEnd(5);
  const marked = colored ? `${colors[level]}${shown}${RESET}` : shown;
  const about = Object.entries(more)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? escapeControls(value) : JSON.stringify(value)}`);
  const trace = stack === undefined ? '' : `\n${stack.replaceAll(/^/gm, '    ')}`;
  return `${time} ${marked} ${context === undefined ? '' : `[${context}] `}${message}${about.join('')}${trace}\n`;
}
