import { abbreviated } from './abbreviate.js';
import { measure, mostThatFit } from './fitting.js';
import { largestPlace, splitLines, unitsOf, valueAt, withPlace } from './units.js';

/** @import { CountTokens } from './fitting.js' */
/** @import { Budget, ResultUnit, Shape, ShapeWork } from './result-work.js' */
/** @import { Place } from './units.js' */

/** What a page says of itself, in tokens and in bytes. */
const PAGE_HEAD = { tokens: 120, bytes: 400 };
/** Text of large units that is counted; beyond it each byte is taken for a token. */
const COUNTED_CHARS = 1024 * 1024;

/**
 * Brings an answer within its budget: as it is, or with whole units of its largest part, or abbreviated.
 *
 * @param {ShapeWork} work
 * @param {CountTokens} countTokens
 * @returns {Shape}
 */
export function shapeResult({ json, schema, whole, part, maxKept }, countTokens) {
  const asIs = measure(json, whole, countTokens);
  if (asIs.fits) return { json, ...(asIs.tokens !== undefined && { tokens: asIs.tokens }) };
  /** @type {unknown} */
  const root = JSON.parse(json);
  const place = largestPlace(root, schema);
  const shortened = place && shortenPlace(root, place, { json, part, maxKept }, countTokens);
  if (shortened) return shortened;
  const short = abbreviated(root, schema, (candidate) => measure(candidate, part, countTokens).fits);
  const text = beginning(json, maxKept);
  const cut = { shown: 0, total: json.length, kept: text.length, source: null, text };
  return { json: short, cut: { unit: 'characters', ...cut } };
}

/**
 * @param {unknown} root
 * @param {Place} place
 * @param {Pick<ShapeWork, 'json' | 'part' | 'maxKept'>} work
 * @param {CountTokens} countTokens
 * @returns {Shape | undefined}
 */
function shortenPlace(root, { path, beside, bytes }, { json, part, maxKept }, countTokens) {
  const source = { path, beside };
  const unit = unitOf(root, source, part, countTokens);
  if (!unit) return undefined;
  const { total, slice } = unitsOf(root, source, unit);
  const render = (/** @type {number} */ count) =>
    JSON.stringify(
      withPlace(root, source, (value) => (Array.isArray(value) ? value.slice(0, count) : slice(0, count).piece)),
    );
  const average = bytes / total;
  const fitting = mostThatFit(total, render, part, countTokens, Math.ceil(part.bytes / average));
  if (!fitting) return undefined;
  const { shown } = slice(0, fitting.units);
  const { text, tokens } = fitting;
  if (Buffer.byteLength(json) <= maxKept) {
    return {
      json: text,
      ...(tokens !== undefined && { tokens }),
      cut: { unit, shown, total, kept: total, source, text: json },
    };
  }
  const room = { bytes: maxKept, tokens: maxKept };
  const most = mostThatFit(total, render, room, () => 0, Math.ceil(maxKept / average)) ?? fitting;
  const { shown: kept } = slice(0, most.units);
  return {
    json: text,
    ...(tokens !== undefined && { tokens }),
    cut: { unit, shown, total, kept, source, text: most.text },
  };
}

/**
 * What an answer can be counted in so that every unit fits on a page; undefined where there is nothing of the kind.
 *
 * @param {unknown} root
 * @param {{ path: readonly string[], beside: readonly string[] }} source
 * @param {Budget} part
 * @param {CountTokens} countTokens
 * @returns {ResultUnit | undefined}
 */
function unitOf(root, source, part, countTokens) {
  const page = { tokens: part.tokens - PAGE_HEAD.tokens, bytes: part.bytes - PAGE_HEAD.bytes };
  const surelyFits = Math.min(page.tokens, page.bytes);
  let countedChars = 0;
  const fits = (/** @type {unknown} */ unit) => {
    const text = JSON.stringify(unit);
    if (text.length * 3 <= surelyFits || Buffer.byteLength(text) <= surelyFits) return true;
    countedChars += text.length;
    return countedChars <= COUNTED_CHARS && measure(text, page, countTokens).fits;
  };
  const value = valueAt(root, source.path);
  if (typeof value === 'string') return splitLines(value).every(fits) ? 'lines' : 'characters';
  const { total, slice } = unitsOf(root, source, 'items');
  for (let i = 0; i < total; i++) if (!fits(slice(i, i + 1).piece)) return undefined;
  return source.path.at(-1) === 'rows' ? 'rows' : 'items';
}

/**
 * @param {string} text
 * @param {number} maxBytes
 */
function beginning(text, maxBytes) {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  // a character that is cut in two decodes to U+FFFD
  return Buffer.from(text)
    .subarray(0, maxBytes)
    .toString()
    .replace(/\uFFFD$/, '');
}
