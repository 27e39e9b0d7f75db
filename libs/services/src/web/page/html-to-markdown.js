import { isProbablyReaderable, Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { markdownOf } from './markdown.js';

/** @typedef {import('./dom.js').DomDocument} DomDocument */
/** @typedef {import('./dom.js').DomElement} DomElement */

// both speak of the DOM's own types, which the gateway does not have
const parseDocument = /** @type {(html: string) => { document: DomDocument }} */ (/** @type {unknown} */ (parseHTML));
const mayBeArticle = /** @type {(document: DomDocument) => boolean} */ (isProbablyReaderable);
const ArticleReader =
  /** @type {new (document: DomDocument, options: object) => { parse(): { content?: DomElement } | null }} */ (
    /** @type {unknown} */ (Readability)
  );

/** To find the article in a page takes about as long as all the rest; beyond this the page is taken as it is. */
const MAX_ARTICLE_CHARS = 1024 * 1024;

/** Nothing to read, whatever it says. */
const NO_TEXT =
  'title, script, style, template, noscript, iframe, object, svg, canvas, button, input, select, textarea';
const UNSEEN = '[hidden], [aria-hidden="true"], [style*="display:none"], [style*="display: none"]';
/** Ways round the site, where a page is no article. */
const AROUND = 'nav, footer, [role="navigation"], [role="contentinfo"], [role="search"]';

/**
 * What there is to read in a page: its article where it has one, else all but what leads round the site.
 *
 * @param {string} html
 * @param {string} url to which its links are relative
 * @returns {{ title?: string, text: string }}
 */
export function htmlToMarkdown(html, url) {
  const document = parse(html);
  const base = baseOf(document, url);
  const title = (document.querySelector('title')?.textContent ?? '').replace(/\s+/g, ' ').trim();
  removeAll(document, `${NO_TEXT}, ${UNSEEN}`);
  completeLinks(document, base);
  const article = html.length <= MAX_ARTICLE_CHARS ? articleOf(document) : undefined;
  const text = markdownOf(article ?? wholePage(document));
  return { ...(title !== '' && { title: title.slice(0, 500) }), text };
}

/** @param {string} html */
function parse(html) {
  // linkedom adds none of the elements that HTML lets authors leave out
  const isWhole = /<html[\s>]/i.test(html) && /<body[\s>]/i.test(html);
  const whole = isWhole ? html : `<html><head></head><body>${html}</body></html>`;
  return parseDocument(whole).document;
}

/**
 * @param {DomDocument} document
 * @param {string} url
 */
function baseOf(document, url) {
  const href = document.querySelector('base[href]')?.getAttribute('href') ?? '';
  return isUrl(href, url) ? new URL(href, url).href : url;
}

/**
 * @param {DomElement} element
 * @param {string} selector
 */
function removeAll(element, selector) {
  for (const each of [...element.querySelectorAll(selector)]) each.remove();
}

/**
 * Makes links and images absolute; of those that lead nowhere for a reader the text stays.
 *
 * @param {DomDocument} document
 * @param {string} base
 */
function completeLinks(document, base) {
  for (const link of document.querySelectorAll('a[href]')) complete(link, 'href', base);
  for (const image of document.querySelectorAll('img[src]')) complete(image, 'src', base);
}

/**
 * @param {DomElement} element
 * @param {string} attribute
 * @param {string} base
 */
function complete(element, attribute, base) {
  const target = element.getAttribute(attribute)?.trim() ?? '';
  const url = !target.startsWith('#') && isUrl(target, base) ? new URL(target, base) : undefined;
  if (url && /^(https?|mailto):$/.test(url.protocol)) element.setAttribute(attribute, url.href);
  else element.removeAttribute(attribute);
}

/**
 * @param {DomDocument} document
 * @returns {DomElement | undefined}
 */
function articleOf(document) {
  if (!mayBeArticle(document)) return undefined;
  const serializer = (/** @type {DomElement} */ element) => element;
  return new ArticleReader(document, { keepClasses: true, serializer }).parse()?.content;
}

/** @param {DomDocument} document */
function wholePage(document) {
  removeAll(document, AROUND);
  return document.querySelector('body') ?? /** @type {DomElement} */ (document.documentElement);
}

/** `URL.canParse` of Node 20 is wrong about `é` once it has been called often. @param {string} text @param {string} base */
function isUrl(text, base) {
  try {
    new URL(text, base);
    return true;
  } catch {
    return false;
  }
}
