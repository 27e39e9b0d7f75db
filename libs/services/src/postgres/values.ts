import { exactJson } from '#libs/kit';

/** Turns PostgreSQL's text form of a value into what JSON can carry. */
export type ParseValue = (text: string) => unknown;

const asText: ParseValue = (text) => text;

/** By type oid (src/include/catalog/pg_type.dat). What is missing stays text: int8 and numeric on purpose. */
const parsers = new Map<number, ParseValue>([
  [16, (text) => text === 't'],
  [17, (text) => Buffer.from(text.slice(2), 'hex').toString('base64')],
  [21, Number],
  [23, Number],
  [26, Number],
  [114, exactJson],
  [700, parseFloatingPoint],
  [701, parseFloatingPoint],
  [1184, parseTimestamptz],
  [3802, exactJson],
]);

/** How values of the type with this oid are read. */
export function parserOf(oid: number): ParseValue {
  return parsers.get(oid) ?? asText;
}

function parseFloatingPoint(text: string): unknown {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** `2026-11-20 10:00:00.123456+00` → `2026-11-20T10:00:00.123456Z`; sessions run in UTC. */
function parseTimestamptz(text: string): unknown {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$/.exec(text);
  return parts ? `${parts[1]}T${parts[2]}Z` : text;
}

/** PostgreSQL's own limit (MAXDIM). */
const MAX_DIMENSIONS = 6;

/**
 * A reader for arrays of one element type: `{1,NULL,"a b"}`, nested and with bounds (`[0:1]={…}`). Vector types, which
 * have no braces, stay text, and so does what is no array after all.
 */
export function arrayParser(parseElement: ParseValue, delimiter = ','): ParseValue {
  return (text) => {
    const start = text.indexOf('{');
    if (start === -1) return text;
    let at = start;
    const items = readArray(1);
    // one that is not closed is read past its end
    return at === text.length ? items : text;

    function readArray(dimension: number): unknown[] {
      const items: unknown[] = [];
      at++;
      while (at < text.length && text[at] !== '}') {
        if (text[at] === '{' && dimension < MAX_DIMENSIONS) items.push(readArray(dimension + 1));
        else if (text[at] === '"') items.push(parseElement(readQuoted()));
        else items.push(readBare());
        if (text[at] === delimiter) at++;
      }
      at++;
      return items;
    }

    function readQuoted(): string {
      let value = '';
      for (at++; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        value += text.charAt(at);
      }
      at++;
      return value;
    }

    function readBare(): unknown {
      const from = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== '}') at++;
      const value = text.slice(from, at);
      return value === 'NULL' ? null : parseElement(value);
    }
  };
}

/** A parameter as the wire takes it: arrays as PostgreSQL arrays, objects as JSON. */
export function encodeParam(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `{${value.map(encodeElement).join(',')}}`;
  return JSON.stringify(value);
}

/** As `encodeParam`, where the database takes JSON. */
export function encodeJsonParam(value: unknown): string | null {
  return Array.isArray(value) ? JSON.stringify(value) : encodeParam(value);
}

function encodeElement(value: unknown): string {
  if (Array.isArray(value)) return encodeParam(value) ?? 'NULL';
  const text = encodeParam(value);
  return text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
