import { invalidField, type InputIssue } from '#libs/kit';
import { ConfigFile } from '../config/config-file.js';
import type { ConfigKeys, DeclaredKey } from '../config/config-keys.js';
import { isObject } from '../config/flat-keys.js';
import { parseJsonValue } from '../config/setting-value.js';
import { describe } from '../execution/input-issues.js';
import { holdsControls, refused } from './requested-change.js';

export interface WantedValue {
  declared: DeclaredKey;
  /** As the document has it. */
  given: unknown;
  value: unknown;
  /** As its variable would hold it. */
  text: string;
}

/**
 * Reads a document in the shape of the config file: what it names, by key. Throws one `invalid` error that tells of all
 * that is wrong.
 */
export function readDocument(body: unknown, keys: ConfigKeys): Map<string, WantedValue> {
  if (!isObject(body)) throw invalidField('arguments', 'a document as the config file', describe(body));
  const file = new ConfigFile('the document', body, keys);
  const issues: InputIssue[] = file.problems.map((problem) => ({
    path: problem.split(' ', 1)[0] ?? '',
    expected: problem,
    got: 'another key',
  }));
  const wanted = new Map<string, WantedValue>();
  for (const [key, given] of file.values) {
    const declared = keys.find(key);
    if (!declared) continue;
    const parsed = parseJsonValue(declared.setting, given);
    const got = declared.setting.secret ? 'another value' : describe(given);
    if (holdsControls(given)) issues.push({ path: key, expected: 'text without control characters', got });
    else if (parsed.ok) wanted.set(key, { declared, given, value: parsed.value, text: parsed.text });
    else issues.push({ path: key, expected: parsed.expected, got });
  }
  if (issues.length > 0) throw refused(issues);
  return wanted;
}
