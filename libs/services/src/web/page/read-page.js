import { decodeText } from './decode-text.js';
import { htmlToMarkdown } from './html-to-markdown.js';
import { readText } from './read-text.js';
import { textRange } from './text-range.js';

/** @import { PageWork, ReadPage } from './page-work.js' */

/**
 * @param {PageWork} work
 * @returns {ReadPage}
 */
export function readPage(work) {
  if (!work.markdown) return readText(work);
  const { title, text } = htmlToMarkdown(decodeText(work.bytes, work.contentType), work.url);
  return { ...(title !== undefined && { title }), ...textRange(text, work.startIndex, work.maxLength) };
}
