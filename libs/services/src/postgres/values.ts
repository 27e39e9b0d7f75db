/** Turns PostgreSQL's text form of a value into what JSON can carry. */
export type ParseValue = (text: string) => unknown;

/** Nesting that every door accepts; JSON beyond it stays text, since serialising it could overflow the stack. */
const MAX_JSON_DEPTH = 64;

const asText: ParseValue = (text) => text;

/** By type oid (src/include/catalog/pg_type.dat). What is missing stays text: int8 and numeric on purpose. */
const parsers = new Map<number, ParseValue>([
  [16, (text) => text === 't'],
  [17, (text) => Buffer.from(text.slice(2), 'hex').toString('base64')],
  [21, Number],
  [23, Number],
  [26, Number],
  [114, parseJson],
  [700, parseFloatingPoint],
  [701, parseFloatingPoint],
  [1184, parseTimestamptz],
  [3802, parseJson],
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

function parseJson(text: string): unknown {
  return jsonDepth(text) > MAX_JSON_DEPTH ? text : JSON.parse(text);
}

function jsonDepth(text: string): number {
  if (text.length <= MAX_JSON_DEPTH * 2) return 0;
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth);
    else if (char === ']' || char === '}') depth--;
  }
  return deepest;
}

/**
 * A reader for arrays of one element type: `{1,NULL,"a b"}`, nested and with bounds (`[0:1]={…}`). Vector types, which
 * have no braces, stay text.
 */
export function arrayParser(parseElement: ParseValue, delimiter = ','): ParseValue {
  return (text) => {
    const start = text.indexOf('{');
    if (start === -1) return text;
    let at = start;
    return readArray();

    function readArray(): unknown[] {
      const items: unknown[] = [];
      at++;
      while (text[at] !== '}') {
        if (text[at] === '{') items.push(readArray());
        else if (text[at] === '"') items.push(parseElement(readQuoted()));
        else items.push(readBare());
        if (text[at] === delimiter) at++;
      }
      at++;
      return items;
    }

    function readQuoted(): string {
      let value = '';
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        value += text.charAt(at);
      }
      at++;
      return value;
    }

    function readBare(): unknown {
      const from = at;
      while (text[at] !== delimiter && text[at] !== '}') at++;
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

function encodeElement(value: unknown): string {
  if (Array.isArray(value)) return encodeParam(value) ?? 'NULL';
  const text = encodeParam(value);
  return text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
