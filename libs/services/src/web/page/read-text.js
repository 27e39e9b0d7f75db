import { decodeText } from './decode-text.js';
import { textRange } from './text-range.js';

/** @import { PageWork, TextRange } from './page-work.js' */

/**
 * Text as it was sent, but for its encoding.
 *
 * @param {PageWork} work
 * @returns {TextRange}
 */
export function readText({ bytes, contentType, startIndex, maxLength }) {
  return textRange(decodeText(bytes, contentType), startIndex, maxLength);
}
