import { isUtf8 } from 'node:buffer';
import { endOfString, nestsDeeperThan } from '#libs/kit';
import { parseError, tooLarge } from '../errors/protocol-error.js';

/** Deeper nesting passes JSON.parse and then breaks what walks over it. */
const MAX_DEPTH = 64;
const MAX_MEMBERS = 10_000;
/** Characters of a member with its comma: `"":0,`. */
const LEAST_MEMBER = 5;

const QUOTE = 0x22;
const COLON = 0x3a;

/**
 * Parses a request's bytes as JSON: UTF-8 only, at most 64 levels and 10,000 members (counted before anything else
 * touches them), and without members that could reach an object's prototype.
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw parseError('the body is not UTF-8');
  const text = withoutByteOrderMark(bytes).toString('utf8');
  refuseExcess(text);
  const value = parse(text);
  return mayHoldPrototypeMembers(text) ? withoutPrototypeMembers(value) : value;
}

/** Windows' editors and shells put one before what they write. */
function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw parseError((error as Error).message.slice(0, 200));
  }
}

function refuseExcess(text: string): void {
  if (nestsDeeperThan(text, MAX_DEPTH)) throw tooLarge(`it is nested deeper than ${MAX_DEPTH} levels`);
  if (text.length <= MAX_MEMBERS * LEAST_MEMBER) return;
  let members = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COLON) members += 1;
  }
  if (members > MAX_MEMBERS) throw tooLarge(`it has more than ${MAX_MEMBERS} members`);
}

function mayHoldPrototypeMembers(text: string): boolean {
  return text.includes('__proto__') || text.includes('constructor') || text.includes('\\u');
}

function withoutPrototypeMembers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutPrototypeMembers);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== '__proto__' && name !== 'constructor')
      .map(([name, member]) => [name, withoutPrototypeMembers(member)]),
  );
}

/** Holds a value that was parsed elsewhere to the same rules. What JSON doesn't know, such as bytes, is refused. */
export function checkedJson(value: unknown): unknown {
  let members = 0;
  const copy = (part: unknown, depth: number): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (depth >= MAX_DEPTH) throw tooLarge(`it is nested deeper than ${MAX_DEPTH} levels`);
    if (Array.isArray(part)) return part.map((entry) => copy(entry, depth + 1));
    if (ArrayBuffer.isView(part)) throw parseError('it holds bytes');
    const entries = Object.entries(part).filter(([name]) => name !== '__proto__' && name !== 'constructor');
    members += entries.length;
    if (members > MAX_MEMBERS) throw tooLarge(`it has more than ${MAX_MEMBERS} members`);
    return Object.fromEntries(entries.map(([name, member]) => [name, copy(member, depth + 1)]));
  };
  return copy(value, 0);
}
