/** @import { TextRange } from './page-work.js' */

/**
 * Part of a text. A character that takes two places is not cut in two, so that a part may be shorter by one.
 *
 * @param {string} text
 * @param {number} startIndex
 * @param {number} maxLength at least 2
 * @returns {TextRange}
 */
export function textRange(text, startIndex, maxLength) {
  const start = wholeCharacter(text, startIndex);
  const end = wholeCharacter(text, start + maxLength);
  return { text: text.slice(start, end), totalLength: text.length, nextIndex: end < text.length ? end : null };
}

/**
 * @param {string} text
 * @param {number} index
 */
function wholeCharacter(text, index) {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(Math.max(0, index - 1), index + 1)) ? index - 1 : index;
}
