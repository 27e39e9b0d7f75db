import type { z } from 'zod';
import { UnavailableError } from '#libs/outbound';

type Raw = Readonly<Record<string, unknown>>;

/** Of these, an agent needs the name and not the whole object. */
const nameOf: Readonly<Record<string, string>> = { labels: 'name', requested_teams: 'slug', milestone: 'title' };

/**
 * What an operation answers about one of GitHub's objects: the members of `schema`, with those of `derived` over GitHub's
 * own, and in `extra` what else of GitHub's was asked for by `fields`. Throws `unavailable` where the object is not what
 * GitHub promises.
 */
export function shaped<S extends z.ZodObject>(
  schema: S,
  raw: unknown,
  fields?: readonly string[],
  derived?: Readonly<Record<string, unknown>>,
): z.output<S> {
  const extra = fields && { extra: extraOf(raw, fields) };
  const parsed = schema.safeParse({ ...(inOurWords(raw) as object), ...derived, ...extra });
  if (parsed.success) return parsed.data;
  throw malformed(parsed.error);
}

export function malformed(cause?: unknown): UnavailableError {
  return new UnavailableError(
    'answered',
    'GitHub answered with something other than what its API promises; try again, and if it stays tell the operator',
    { retryable: true },
    { cause },
  );
}

/** A member of a value that came as JSON, by a path such as `head.ref`; undefined where there is none. */
export function at(raw: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), raw);
}

/** As `at`, where GitHub promises a text. */
export function textAt(raw: unknown, path: string): string {
  const value = at(raw, path);
  if (typeof value !== 'string') throw malformed(new TypeError(`${path} is no text`));
  return value;
}

/** As `at`, where GitHub promises a list; all of the answer where no path is given. */
export function listAt(raw: unknown, path?: string): unknown[] {
  const value = path === undefined ? raw : at(raw, path);
  if (!Array.isArray(value)) throw malformed(new TypeError(`${path ?? 'the answer'} is no list`));
  return value as unknown[];
}

/** GitHub's members in camel case. People are their login, labels their name, and `url` is the page for people. */
function inOurWords(raw: unknown): unknown {
  if (Array.isArray(raw)) return raw.map(inOurWords);
  if (!isObject(raw)) return raw;
  if (typeof raw.login === 'string') return raw.login;
  const words: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (key === 'url') words.url ??= value;
    else if (key === 'html_url') words.url = value;
    else words[camelCase(key)] = inOurWords(named(key, value));
  }
  return words;
}

function named(key: string, value: unknown): unknown {
  const name = nameOf[key];
  if (name === undefined) return value;
  const one = (each: unknown) => (isObject(each) ? each[name] : each);
  return Array.isArray(value) ? value.map(one) : one(value);
}

function extraOf(raw: unknown, fields: readonly string[]): unknown {
  if (fields.includes('*')) return raw;
  return Object.fromEntries(fields.map((field) => [field, at(raw, field) ?? null]));
}

function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
