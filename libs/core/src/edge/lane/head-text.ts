import { STATUS_CODES } from 'node:http';
import { httpDate } from './http-date.js';

// What the heads of answers have in common is put together once: a head of many small pieces costs more to make, and again
// to send.

const statusLines: (string | undefined)[] = [];
/** By their place, since an answer mostly has the headers of the one before. */
const names: string[] = [];
const starts: string[] = [];
let endDate = '';
let endConnection = '';
let end = '';

export function statusLine(status: number): string {
  return (statusLines[status] ??= `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`);
}

/** What stands before a header's value; `place` counts the headers from 0. */
export function headerStart(place: number, name: string): string {
  const start = starts[place];
  if (start !== undefined && names[place] === name) return start;
  names[place] = name;
  return (starts[place] = `\r\n${name}: `);
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
