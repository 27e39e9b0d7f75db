import iconv from 'iconv-lite';

/** Where a document may say in which encoding it is: HTML's limit (13.2.3.2) is 1,024 bytes, which many pages exceed. */
const PRESCAN_BYTES = 4_096;

/** Labels that mean windows-1252 on the web, whatever they say (WHATWG Encoding, 4.2). */
const latin1 = new Set(['ascii', 'us-ascii', 'iso-8859-1', 'iso8859-1', 'latin1', 'l1', 'cp1252', 'x-cp1252']);

/**
 * The text of bytes: as their byte order mark says, or else the header, or else the document itself, or else as UTF-8.
 * Node's TextDecoder reads windows-1252 as ISO 8859-1, hence iconv-lite.
 *
 * @param {Uint8Array} bytes
 * @param {string} contentType
 */
export function decodeText(bytes, contentType) {
  return iconv.decode(bytes, encodingOf(bytes, contentType));
}

/**
 * @param {Uint8Array} bytes
 * @param {string} contentType
 */
export function encodingOf(bytes, contentType) {
  return markOf(bytes) ?? known(charsetIn(contentType)) ?? known(declaredIn(bytes)) ?? 'utf8';
}

/** @param {Uint8Array} bytes */
function markOf([a, b, c]) {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf8';
  if (a === 0xfe && b === 0xff) return 'utf16be';
  if (a === 0xff && b === 0xfe) return 'utf16le';
  return undefined;
}

/** @param {string} contentType */
function charsetIn(contentType) {
  return /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1];
}

/** What HTML's meta or XML's declaration says, whose own bytes are ASCII in every encoding that may be named there. @param {Uint8Array} bytes */
function declaredIn(bytes) {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, PRESCAN_BYTES)).toString('latin1');
  const found =
    /<meta\s[^>]{0,500}?charset\s*=\s*["']?([\w.:-]+)/i.exec(head) ??
    /^<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)/i.exec(head);
  return found?.[1]?.toLowerCase().startsWith('utf-16') ? 'utf8' : found?.[1];
}

/** @param {string | undefined} label */
function known(label) {
  const name = label?.toLowerCase();
  if (name === undefined) return undefined;
  if (name === 'utf-8' || name === 'utf8') return 'utf8';
  if (latin1.has(name)) return 'windows-1252';
  return iconv.encodingExists(name) ? name : undefined;
}
