import type { Printer } from './printer.js';
import type { Cell } from './table.js';

type Members = Readonly<Record<string, unknown>>;
type Rows = readonly Members[];

/**
 * An answer for people: a text as it is, a list as a table, an object with one such list as that table with the other
 * members below it, everything else as JSON.
 */
export function showValue(printer: Printer, value: unknown): void {
  if (typeof value === 'string') return printer.line(value);
  if (isRows(value)) return showRows(printer, value);
  const [rows, others] = isMembers(value) ? tableIn(value) : [];
  if (!rows || !others?.every(([, member]) => isCell(member) || isCells(member))) {
    return printer.line(JSON.stringify(value, null, 2));
  }
  showRows(printer, rows);
  for (const [name, member] of others) {
    const text = isCells(member) ? member.join(', ') : String(member);
    printer.styled(printer.style('dim', `${name}: ${text}`));
  }
}

/** The one list of objects, and the other members; the columns of a query stand over its rows already. */
function tableIn(value: Members): [Rows, [string, unknown][]] | [] {
  const members = Object.entries(value).filter(([name]) => name !== 'columns' || !('rows' in value));
  const lists = members.filter(([, member]) => isRows(member));
  const [only] = lists;
  return lists.length === 1 && only ? [only[1] as Rows, members.filter((each) => each !== only)] : [];
}

function showRows(printer: Printer, rows: Rows): void {
  const headings = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => headings.map((name) => cellOf(row[name])));
  printer.table(headings, cells, 'Nothing.');
}

function cellOf(value: unknown): Cell {
  return isCell(value) ? value : JSON.stringify(value);
}

function isCell(value: unknown): value is Cell {
  return value === null || value === undefined || ['string', 'number', 'boolean'].includes(typeof value);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRows(value: unknown): value is Rows {
  return Array.isArray(value) && value.every(isMembers);
}

function isCells(value: unknown): value is readonly Cell[] {
  return Array.isArray(value) && value.every(isCell);
}
