import { expect, it } from 'vitest';
import { Printer } from './printer.js';
import type { Terminal } from './terminal.js';

/** What turns a terminal's colours, its title and the direction of its text, and what shows nothing. */
const HOSTILE =
  'a \u001b[31m \u009b2J \u007f \u202e \u061c \u200b\u2060\ufeff a\u200db\u200c\u200c \u{e0041}\u{e007f} b';

function printed(write: (printer: Printer) => void, json: boolean): string {
  let text = '';
  const stdout = { write: (more: string) => (text += more) };
  write(new Printer({ env: {}, stdout } as unknown as Terminal, json));
  return text;
}

it.each<[what: string, json: boolean, write: (printer: Printer) => void]>([
  ['a result for people', false, (printer) => printer.result(HOSTILE, (text) => printer.line(text))],
  ['a table', false, (printer) => printer.table(['name'], [[HOSTILE]], '')],
  ['a result for programs', true, (printer) => printer.result({ text: HOSTILE }, () => undefined)],
  ['a line for programs', true, (printer) => printer.compact({ text: HOSTILE })],
])('%s can not steer the terminal', (_what, json, write) => {
  const text = printed(write, json);
  expect(text).toMatch(/^[\x20-\x7e\n]+$/);
  if (json) expect(JSON.parse(text)).toEqual({ text: HOSTILE });
});

it.each(['👩‍👩‍👧', 'می‌خواهم', 'क्‍ष', 'naïve', '…'])('%s is shown as it is', (text) => {
  expect(printed((printer) => printer.line(text), false)).toBe(`${text}\n`);
});
