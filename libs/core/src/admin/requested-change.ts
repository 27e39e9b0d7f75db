import type { z } from 'zod';
import { invalidField, OperationError, type InputIssue } from '#libs/kit';
import type { ConfigKeys } from '../config/config-keys.js';
import { flatKeys, isObject } from '../config/flat-keys.js';
import { parseJsonValue } from '../config/setting-value.js';
import { describe, invalidInput } from '../execution/input-issues.js';
import { newKey } from './key-fields.js';

/** Creates a key, as the older router did; no setting, so it stands in no history. */
export const CREATE_KEY = 'security.createApiKey';

export interface RequestedChange {
  /** By key, as the text that its variable would hold; null takes a runtime value away. */
  texts: Map<string, string | null>;
  newKey: z.output<typeof newKey> | undefined;
}

/** Reads the body of `POST /config`. Throws one `invalid` error that names every bad key. */
export function requestedChange(body: unknown, keys: ConfigKeys): RequestedChange {
  if (!isObject(body)) throw invalidField('arguments', 'an object with settings', describe(body));
  const issues: InputIssue[] = [];
  const change: RequestedChange = { texts: new Map(), newKey: undefined };
  const seen = new Set<string>();
  for (const [path, given] of flatKeys(body, (key) => key === CREATE_KEY || keys.isLeaf(key))) {
    if (isObject(given) && keys.isSection(path)) continue; // an empty one
    const key = keys.find(path)?.key ?? path;
    if (seen.has(key)) issues.push({ path: key, expected: 'one value', got: 'several' });
    seen.add(key);
    if (key === CREATE_KEY) {
      const parsed = newKey.safeParse(given);
      if (parsed.success) change.newKey = parsed.data;
      else issues.push(...below(CREATE_KEY, invalidInput(parsed.error, given)));
    } else {
      const read = readValue(key, given, keys);
      if (typeof read === 'object' && read !== null) issues.push(read);
      else change.texts.set(key, read);
    }
  }
  if (issues.length > 0) throw refused(issues);
  return change;
}

function readValue(key: string, given: unknown, keys: ConfigKeys): string | null | InputIssue {
  const declared = keys.find(key);
  if (!declared) return unknownKey(key, keys);
  const { setting, variable } = declared;
  const got = setting.secret ? 'another value' : describe(given);
  if (!setting.runtime) {
    return { path: key, expected: `no change while the gateway runs: set ${variable} and restart it`, got };
  }
  if (given === null) return null;
  if (holdsControls(given)) return { path: key, expected: 'text without control characters', got };
  const parsed = parseJsonValue(setting, given);
  return parsed.ok ? parsed.text : { path: key, expected: parsed.expected, got };
}

/** The value is not quoted: it may be a secret under a mistyped key. */
function unknownKey(key: string, keys: ConfigKeys): InputIssue | string {
  const near = keys.near(key);
  const hint = near.length > 0 ? `, such as ${near.join(', ')}` : '; GET /config lists them';
  const expected = keys.isUnused(key) ? 'a setting that this version uses' : `a known setting${hint}`;
  return { path: key.slice(0, 100), expected, got: 'another key' };
}

/** PostgreSQL takes no NUL, and UTF-8 no lone surrogate. */
export function holdsControls(given: unknown): boolean {
  if (typeof given === 'string') return /[\p{Cc}\p{Cs}]/u.test(given);
  return typeof given === 'object' && given !== null && Object.entries(given).flat().some(holdsControls);
}

function below(key: string, { details }: OperationError): InputIssue[] {
  return (details.issues ?? []).map((issue) => ({
    ...issue,
    path: issue.path === 'arguments' ? key : `${key}.${issue.path}`,
  }));
}

export function refused(issues: InputIssue[]): OperationError {
  const message = issues.map(({ path, expected, got }) => `${path}: expected ${expected}, got ${got}`).join('; ');
  return new OperationError('invalid', message, { issues });
}
