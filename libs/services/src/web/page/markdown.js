import TurndownService from 'turndown';

/** @import { DomElement, DomNode } from './dom.js' */

/** A table that holds any of these arranges a page; its cells are no cells. */
const ARRANGES = 'data-arranges';
const BLOCKS = 'table, ul, ol, pre, blockquote, h1, h2, h3, h4, h5, h6';
/**
 * What a reader does not see but a model would: soft hyphens, spaces without width, marks of direction, tags and variation
 * selectors in which text can be hidden.
 */
const INVISIBLE = /[\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF\u{E0000}-\u{E01EF}]/gu;

/**
 * An element as Markdown, without what can't be seen.
 *
 * @param {DomElement} element
 */
export function markdownOf(element) {
  // turndown works on a copy, hence a mark that is copied
  for (const table of element.querySelectorAll('table')) {
    if (table.querySelector(BLOCKS) !== null) table.setAttribute(ARRANGES, '');
  }
  const text = converter().turndown(/** @type {never} */ (element));
  return text
    .replace(INVISIBLE, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function converter() {
  const turndown = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    br: '',
  });
  // it is read, not rendered: a backslash before every `_` and `[` costs more than it is good for
  turndown.escape = (text) => text;
  turndown.addRule('preformatted', {
    filter: isBarePre,
    replacement: (_content, node) => `\n\n\`\`\`\n${textOf(node)}\n\`\`\`\n\n`,
  });
  turndown.addRule('struck', { filter: ['del', 's'], replacement: (content) => `~~${content}~~` });
  turndown.addRule('cell', {
    filter: ['th', 'td'],
    replacement: (content, node) =>
      isTabular(node) && isInRow(node) ? ` ${inOneLine(content)} |` : `\n\n${content}\n\n`,
  });
  turndown.addRule('row', {
    filter: 'tr',
    replacement: (content, node) => (isTabular(node) ? `\n|${content}${rule(node)}` : content),
  });
  turndown.addRule('rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content });
  turndown.addRule('table', { filter: 'table', replacement: (content) => `\n\n${content.trim()}\n\n` });
  return turndown;
}

/** turndown takes care of those with a CODE inside. @param {unknown} node */
function isBarePre(node) {
  const { nodeName, firstChild } = /** @type {DomNode} */ (node);
  return nodeName === 'PRE' && firstChild?.nodeName !== 'CODE';
}

/** @param {unknown} node */
function textOf(node) {
  const { textContent } = /** @type {DomNode} */ (node);
  return (textContent ?? '').replace(/\n$/, '');
}

/** @param {unknown} cell */
function isInRow(cell) {
  return /** @type {DomNode} */ (cell).parentNode?.nodeName === 'TR';
}

/** @param {unknown} part */
function isTabular(part) {
  return tableOf(/** @type {DomElement} */ (part))?.hasAttribute(ARRANGES) === false;
}

/** @param {DomElement} part */
function tableOf(part) {
  return part.closest('table');
}

/** @param {string} text */
function inOneLine(text) {
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|');
}

/** The line below the first row of a table, without which it is none. @param {unknown} row */
function rule(row) {
  const element = /** @type {DomElement} */ (row);
  const isFirst = tableOf(element)?.querySelector('tr') === row;
  return isFirst ? `\n|${' --- |'.repeat([...element.querySelectorAll('th, td')].length)}` : '';
}
