import { mostThatFit } from './fitting.js';
/** @import { CountTokens } from './fitting.js' */
/** @import { CountedPage, PageWork } from './result-work.js' */
/** @import { Units } from './units.js' */

/**
 * One page of a kept result, as long as its budget lets it be; undefined where not even one unit fits.
 *
 * @param {Pick<PageWork, 'facts' | 'offset' | 'limit' | 'part'>} work
 * @param {Units} units of what is kept
 * @param {number} chars of it
 * @param {CountTokens} countTokens
 * @returns {CountedPage | undefined}
 */
export function pageOf({ facts, offset, limit, part }, units, chars, countTokens) {
  const { id, operation, unit, total, kept } = facts;
  const most = Math.min(Math.max(kept - offset, 0), limit ?? Infinity);
  const page = (/** @type {number} */ count) => {
    const { piece, shown } = units.slice(offset, offset + count);
    const end = offset + shown;
    return {
      id,
      operation,
      unit,
      offset,
      ...(typeof piece === 'string' ? { text: piece } : { items: piece }),
      shown,
      total,
      ...(kept < total && { kept }),
      nextOffset: end < kept ? end : null,
    };
  };
  const bytesPerUnit = chars / Math.max(kept, 1);
  const guess = Math.ceil(part.bytes / bytesPerUnit);
  const fitting = mostThatFit(most, (count) => JSON.stringify(page(count)), part, countTokens, guess);
  if (!fitting || (fitting.units === 0 && most > 0)) return undefined;
  const { tokens } = fitting;
  return { page: page(fitting.units), ...(tokens !== undefined && { tokens }) };
}
