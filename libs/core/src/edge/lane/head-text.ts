import { STATUS_CODES } from 'node:http';
import { httpDate } from './http-date.js';

// What the heads of answers have in common is put together once: a head of many small pieces costs more to make, and again
// to send.

const statusLines: (string | undefined)[] = [];
const PRINTABLE = /^[\t\x20-\x7e]*$/;
/** By their place, since an answer mostly has the headers of the one before, and many of their values. */
const names: string[] = [];
const starts: string[] = [];
const values: unknown[] = [];
const lines: (string | undefined)[] = [];
let endDate = '';
let endConnection = '';
let end = '';

export function statusLine(status: number): string {
  return (statusLines[status] ??= `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`);
}

/** A header with what stands before it; `place` counts from 0. Undefined for a value that has to be looked at more closely. */
export function headerLine(place: number, name: string, value: unknown): string | undefined {
  if (names[place] !== name) {
    names[place] = name;
    starts[place] = `\r\n${name}: `;
  } else if (values[place] === value) return lines[place];
  values[place] = value;
  const isPlain = typeof value === 'string' ? PRINTABLE.test(value) : typeof value === 'number';
  return (lines[place] = isPlain ? `${starts[place] ?? ''}${String(value)}` : undefined);
}

/** The date, and what is said of the connection. */
export function headEnd(connection: string): string {
  const date = httpDate();
  if (date !== endDate || connection !== endConnection) {
    endDate = date;
    endConnection = connection;
    end = `\r\ndate: ${date}\r\n${connection}\r\n`;
  }
  return end;
}
