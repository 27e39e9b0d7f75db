import { itemsOf, mayDrop, mayShortenList, mayShortenText, memberOf } from './schema-rules.js';

/** Texts up to this length stay as they are while anything stays: names, times, numbers. */
const SHORT_TEXT = 64;

/** From generous to strict: characters of a text, elements of a list, entries of a map. */
const LEVELS = [
  { text: 8_000, list: 200 },
  { text: 4_000, list: 100 },
  { text: 2_000, list: 50 },
  { text: 1_000, list: 25 },
  { text: 500, list: 12 },
  { text: 250, list: 6 },
  { text: 120, list: 3 },
  { text: SHORT_TEXT, list: 2 },
  { text: SHORT_TEXT, list: 1 },
  { text: 0, list: 0 },
];
/** @typedef {{ text: number, list: number }} Level */

/**
 * The same answer with long texts and lists shortened everywhere, as far as its schema allows; what is shortened says so.
 *
 * @param {unknown} root
 * @param {unknown} schema
 * @param {(text: string) => boolean} fits
 */
export function abbreviated(root, schema, fits) {
  // the schema gives way before the budget does
  for (const rules of [schema, {}]) {
    for (const level of LEVELS) {
      const text = JSON.stringify(shorten(root, rules, level));
      if (fits(text)) return text;
    }
  }
  return Array.isArray(root) ? '[]' : typeof root === 'string' ? '""' : '{}';
}

/**
 * @param {unknown} value
 * @param {unknown} schema
 * @param {Level} level
 * @returns {unknown}
 */
function shorten(value, schema, level) {
  if (typeof value === 'string') return mayShortenText(schema) ? shortText(value, level.text) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const kept = mayShortenList(schema) ? value.slice(0, level.list) : value;
    const items = itemsOf(schema);
    return kept.map((item) => shorten(item, items, level));
  }
  let room = level.list;
  const entries = Object.entries(value).filter(([name]) => !mayDrop(schema, name) || room-- > 0);
  return Object.fromEntries(entries.map(([name, member]) => [name, shorten(member, memberOf(schema, name), level)]));
}

/**
 * @param {string} text
 * @param {number} most
 */
function shortText(text, most) {
  if (most === 0) return '';
  if (text.length <= most + SHORT_TEXT) return text;
  return `${text.slice(0, wholeCharacters(text, most))}… [${text.length - most} more characters]`;
}

/**
 * An index at or before `index` that does not lie within a character of two units.
 *
 * @param {string} text
 * @param {number} index
 */
export function wholeCharacters(text, index) {
  const splits =
    index > 0 && index < text.length && isHigh(text.charCodeAt(index - 1)) && isLow(text.charCodeAt(index));
  return splits ? index - 1 : index;
}

/** @param {number} unit */
const isHigh = (unit) => unit >= 0xd800 && unit <= 0xdbff;
/** @param {number} unit */
const isLow = (unit) => unit >= 0xdc00 && unit <= 0xdfff;
