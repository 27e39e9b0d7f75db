import { wholeCharacters } from './abbreviate.js';
import { mayShortenList, mayShortenText, memberOf } from './schema-rules.js';

/** @import { ResultUnit, UnitsSource } from './result-work.js' */

/**
 * @typedef {object} Place an array or a text that may be shortened
 * @property {string[]} path
 * @property {string[]} beside
 * @property {number} bytes its JSON
 */

/**
 * The largest array or text that is reached through objects alone.
 *
 * @param {unknown} root
 * @param {unknown} schema
 */
export function largestPlace(root, schema) {
  /** @type {Place | undefined} */
  let largest;
  visit(root, schema, [], () => []);
  return largest;

  /**
   * @param {unknown} value
   * @param {unknown} rules
   * @param {string[]} path
   * @param {() => string[]} findBeside
   */
  function visit(value, rules, path, findBeside) {
    if (mayShorten(value, rules)) {
      const bytes = Buffer.byteLength(JSON.stringify(value));
      if (bytes > (largest?.bytes ?? 0)) largest = { path, beside: findBeside(), bytes };
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, member] of Object.entries(value)) {
        visit(member, memberOf(rules, name), [...path, name], () => besides(value, name, member, rules));
      }
    }
  }
}

/**
 * @param {unknown} value
 * @param {unknown} rules
 */
function mayShorten(value, rules) {
  return Array.isArray(value) ? mayShortenList(rules) : typeof value === 'string' && mayShortenText(rules);
}

/**
 * Arrays of the same object that go with one of them: names beside their details, of equal length.
 *
 * @param {object} parent
 * @param {string} name
 * @param {unknown} list
 * @param {unknown} rules of the parent
 */
function besides(parent, name, list, rules) {
  if (!Array.isArray(list) || list.length < 2) return [];
  const plain = list.every(isPlain);
  return Object.entries(parent).flatMap(([other, beside]) =>
    other !== name &&
    Array.isArray(beside) &&
    beside.length === list.length &&
    plain !== beside.every(isPlain) &&
    mayShorten(beside, memberOf(rules, other))
      ? [other]
      : [],
  );
}

/** @param {unknown} value */
function isPlain(value) {
  return typeof value !== 'object' || value === null;
}

/**
 * The root with the array or text of the source, and what goes with it, replaced.
 *
 * @param {unknown} root
 * @param {{ path: readonly string[], beside: readonly string[] }} source
 * @param {(value: unknown) => unknown} change
 * @returns {unknown}
 */
export function withPlace(root, { path, beside }, change) {
  const [name, ...rest] = path;
  if (name === undefined) return change(root);
  return Object.fromEntries(
    Object.entries(/** @type {object} */ (root)).map(([key, value]) => {
      if (key === name) return [key, withPlace(value, { path: rest, beside }, change)];
      return [key, rest.length === 0 && beside.includes(key) ? change(value) : value];
    }),
  );
}

/**
 * @param {unknown} root
 * @param {readonly string[]} path
 */
export function valueAt(root, path) {
  return path.reduce((value, name) => /** @type {Record<string, unknown>} */ (value)[name], root);
}

/**
 * @typedef {object} Units
 * @property {number} total
 * @property {(from: number, to: number) => { piece: unknown[] | string, shown: number }} slice
 */

/**
 * What a result is counted in.
 *
 * @param {unknown} root
 * @param {UnitsSource} source
 * @param {ResultUnit} unit
 * @returns {Units}
 */
export function unitsOf(root, source, unit) {
  const path = source?.path ?? [];
  const value = valueAt(root, path);
  if (unit === 'characters') return characters(/** @type {string} */ (value));
  if (unit === 'lines') return lines(/** @type {string} */ (value));
  const list = /** @type {unknown[]} */ (value);
  const beside = source?.beside ?? [];
  const parent = /** @type {Record<string, unknown[]>} */ (valueAt(root, path.slice(0, -1)));
  const names = [path.at(-1) ?? '', ...beside];
  const item = (/** @type {number} */ i) => Object.fromEntries(names.map((name) => [name, parent[name]?.[i]]));
  return {
    total: list.length,
    slice: (from, to) => {
      const piece = list.slice(from, to);
      return { piece: beside.length === 0 ? piece : piece.map((_, i) => item(from + i)), shown: piece.length };
    },
  };
}

/**
 * @param {string} text
 * @returns {Units}
 */
function lines(text) {
  const each = splitLines(text);
  return {
    total: each.length,
    slice: (from, to) => {
      const piece = each.slice(from, to);
      return { piece: piece.join(''), shown: piece.length };
    },
  };
}

/** With their ends, so that joining them gives the text back. @param {string} text */
export function splitLines(text) {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * @param {string} text
 * @returns {Units}
 */
function characters(text) {
  return {
    total: text.length,
    slice: (from, to) => {
      const end = wholeCharacters(text, to);
      // one character of two units is not taken apart, even where one unit was asked for
      const piece = text.slice(from, end > from || to <= from ? end : to + 1);
      return { piece, shown: piece.length };
    },
  };
}
