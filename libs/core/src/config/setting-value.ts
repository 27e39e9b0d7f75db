import type { Setting } from '#libs/kit';
import { isObject } from './flat-keys.js';

/** A value that was read, or what it should have been; `expected` completes "must be …". */
export type Parsed = { ok: true; value: unknown } | { ok: false; expected: string };

/** Reads the text of a variable. */
export function parseText(setting: Setting, text: string): Parsed {
  const parsed = setting.schema.safeParse(text);
  if (parsed.success) return { ok: true, value: parsed.data };
  const reason = parsed.error.issues.find(({ code, message }) => code === 'custom' && message !== 'Invalid input');
  const detail = reason ? ` (${reason.message})` : '';
  return { ok: false, expected: `${setting.schema.description ?? 'valid'}${detail}` };
}

/** Reads a value of JSON: the natural type of the setting, or the text that its variable would hold. */
export function parseJsonValue(setting: Setting, given: unknown): Parsed & { text: string } {
  const text = textOf(given);
  const parsed = parseText(setting, text);
  return parsed.ok && !isOfKind(given, plain(parsed.value))
    ? { ok: false, expected: setting.schema.description ?? 'valid', text }
    : { ...parsed, text };
}

/** A parsed value as JSON has it; null for one that is not set. */
export function plain(value: unknown): unknown {
  if (value === undefined) return null;
  return JSON.parse(JSON.stringify(value instanceof Map ? Object.fromEntries(value) : value)) as unknown;
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

/** Of two URLs. */
export function isSameButPassword(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false;
  const [a, b] = [new URL(one), new URL(other)];
  a.password = b.password;
  return a.href === b.href;
}

/** A value as people may see it: no secret, and no password inside a URL. */
export function shown(setting: Setting, value: unknown): unknown {
  if (value === undefined) return null;
  return setting.secret ? '***' : withoutPasswords(plain(value));
}

function withoutPasswords(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/(\/\/[^/?#\s:]*:)[^/?#\s]*@/g, '$1***@');
  if (Array.isArray(value)) return value.map(withoutPasswords);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutPasswords(member)]));
}

/** Lists are written with commas, as in a variable; what a comma would break apart is written as JSON. */
function textOf(given: unknown): string {
  if (typeof given === 'string') return given.trim();
  return isWordList(given) ? given.join(',') : JSON.stringify(given);
}

function isWordList(given: unknown): given is string[] {
  return Array.isArray(given) && given.every((word) => typeof word === 'string' && !word.includes(','));
}

/** `true` is no number, and `[5]` neither, though a schema takes their text. */
function isOfKind(given: unknown, read: unknown): boolean {
  if (typeof given === 'string') return true;
  if (isWordList(given)) return Array.isArray(read);
  return Array.isArray(given) ? isSame(given, read) : typeof given === typeof read && !Array.isArray(read);
}
