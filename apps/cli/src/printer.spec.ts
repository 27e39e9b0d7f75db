import { expect, it } from 'vitest';
import { Printer } from './printer.js';
import type { Terminal } from './terminal.js';

/** What turns a terminal's colours, its title and the direction of its text. */
const HOSTILE = 'a \u001b[31m \u009b2J \u007f \u202e b';

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
