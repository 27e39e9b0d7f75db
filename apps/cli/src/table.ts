import stringWidth from 'string-width';
import { plainText } from './plain-text.js';

export type Cell = string | number | boolean | null | undefined;

const GAP = '  ';
const LEAST_WIDTH = 20;

/** Lines of a table, the headings first. `width` is that of the terminal: the last column is cut to it. */
export function tableOf(headings: readonly string[], rows: readonly (readonly Cell[])[], width?: number): string[] {
  const cells = [headings, ...rows].map((row) => headings.map((_, index) => textOf(row[index])));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => stringWidth(row[column] ?? ''))));
  const last = headings.length - 1;
  if (width !== undefined) {
    const before = widths.slice(0, last).reduce((sum, each) => sum + each + GAP.length, 0);
    widths[last] = Math.min(widths[last] ?? 0, Math.max(LEAST_WIDTH, width - before));
  }
  return cells.map((row) =>
    row
      .map((cell, column) => fit(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

function textOf(cell: Cell): string {
  if (cell === null || cell === undefined) return '–';
  return plainText(String(cell)).replace(/[\t\n]+/g, ' ');
}

function fit(text: string, width: number): string {
  const own = stringWidth(text);
  if (own <= width) return text + ' '.repeat(width - own);
  let cut = '';
  let taken = 0;
  for (const character of text) {
    const more = stringWidth(character);
    if (taken + more > width - 1) break;
    cut += character;
    taken += more;
  }
  return `${cut}…${' '.repeat(width - taken - 1)}`;
}
