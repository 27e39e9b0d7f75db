import type { Redactor } from '../redaction.js';
import { isSecretName } from '../secret-names.js';

interface Limits {
  /** Characters of a text. */
  text: number;
  /** Members of an object, items of an array. */
  members: number;
  depth: number;
}

const MAX_BYTES = 8 * 1024;
const MAX_NAME = 200;
const USUAL: Limits = { text: 2 * 1024, members: 100, depth: 12 };
/** For arguments that are too long all the same. */
const TIGHT: Limits = { text: 200, members: 20, depth: 4 };
/** How much of a text is looked through for secrets; so much longer than what is kept that none is cut in two. */
const LOOKED_THROUGH = 16 * 1024;

/** Says how long a text was, which may be cut twice. */
const CUT = /… \(\d+ characters\)$/;

/** Taken by no text column: NUL, and halves of a surrogate pair; the first is a quick look that whole pairs pass too. */
const MAYBE_UNSTORABLE = /[\0\ud800-\udfff]/;
const UNSTORABLE = /[\0\p{Cs}]/gu;

/** The arguments of a call as JSON for the audit: without secrets, at most 8 KiB, and saying what was left out. */
export function argumentsText(input: unknown, redactor: Redactor): string {
  if (isKept(input, redactor, 0)) {
    const text = JSON.stringify(input);
    if (text.length <= USUAL.text) return text;
  }
  for (const limits of [USUAL, TIGHT]) {
    const shown = redactor.value(clip(input, limits, 0));
    const text = (JSON.stringify(shown) as string | undefined) ?? 'null';
    const short = text.length <= limits.text ? text : JSON.stringify(shown, shortenTo(limits.text));
    if (short.length * 3 <= MAX_BYTES || Buffer.byteLength(short) <= MAX_BYTES) return short;
  }
  return '{"note":"left out: more than 8 KiB"}';
}

/** Whether there is nothing to take out, which is found out without a copy: most arguments are short and hold no secret. */
function isKept(value: unknown, redactor: Redactor, depth: number): boolean {
  if (typeof value === 'string') return isStorable(value, USUAL.text) && redactor.text(value) === value;
  if (typeof value !== 'object' || depth >= USUAL.depth) return typeof value === 'number' || typeof value === 'boolean';
  if (value === null) return true;
  if (Array.isArray(value)) {
    return value.length <= USUAL.members && value.every((item) => isKept(item, redactor, depth + 1));
  }
  const names = Object.keys(value);
  if (names.length > USUAL.members) return false;
  for (const name of names) {
    if (name === '__proto__' || !isStorable(name, MAX_NAME) || isSecretName(name) || redactor.name(name) !== name)
      return false;
    if (!isKept((value as Record<string, unknown>)[name], redactor, depth + 1)) return false;
  }
  return true;
}

function isStorable(text: string, max: number): boolean {
  return text.length <= max && !MAYBE_UNSTORABLE.test(text);
}

/** What is looked through for secrets: all that is kept, and more of long texts. */
function clip(value: unknown, limits: Limits, depth: number): unknown {
  if (typeof value === 'string') return clipText(value, LOOKED_THROUGH);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= limits.depth) return Array.isArray(value) ? `[${value.length} items]` : '{…}';
  if (Array.isArray(value)) return clipItems(value, limits, depth);
  const kept: Record<string, unknown> = {};
  const names = Object.keys(value);
  for (const name of names.length > limits.members ? names.slice(0, limits.members) : names) {
    const member = (value as Record<string, unknown>)[name];
    if (name !== '__proto__') kept[clipText(name, MAX_NAME)] = clip(member, limits, depth + 1);
  }
  if (names.length > limits.members) kept['…'] = `${names.length - limits.members} more members`;
  return kept;
}

function clipItems(items: readonly unknown[], limits: Limits, depth: number): unknown[] {
  const kept = items.slice(0, limits.members).map((item) => clip(item, limits, depth + 1));
  if (items.length > kept.length) kept.push(`… ${items.length - kept.length} more items`);
  return kept;
}

function shortenTo(max: number) {
  return (_name: string, value: unknown) => (typeof value === 'string' ? clipText(value, max) : value);
}

function clipText(text: string, max: number): string {
  if (text.length <= max) return MAYBE_UNSTORABLE.test(text) ? text.replace(UNSTORABLE, '\ufffd') : text;
  const note = CUT.exec(text)?.[0] ?? `… (${text.length} characters)`;
  return text.slice(0, max).replace(UNSTORABLE, '\ufffd') + note;
}
