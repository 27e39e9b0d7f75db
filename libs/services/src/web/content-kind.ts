/** What can be made of an answer: pages become Markdown, text stays as it is, and of the rest only type and size are told. */
export type ContentKind = 'page' | 'text' | 'binary';

const pages = new Set(['text/html', 'application/xhtml+xml']);

/** Types of text outside `text/`, `+json` and `+xml`. */
const texts = new Set(
  [
    'ecmascript',
    'graphql',
    'javascript',
    'json',
    'json5',
    'jsonlines',
    'ndjson',
    'rtf',
    'sql',
    'toml',
    'typescript',
    'x-httpd-php',
    'x-javascript',
    'x-ndjson',
    'x-sh',
    'x-tex',
    'x-toml',
    'x-www-form-urlencoded',
    'x-yaml',
    'xml',
    'yaml',
  ].map((name) => `application/${name}`),
);

/** What says nothing: the bytes must tell. */
const unknown = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'application/unknown']);

const SNIFFED_BYTES = 1_024;

/** `text/html` of `Text/HTML; charset=utf-8`; empty where there is none. */
export function mediaTypeOf(contentType = ''): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

/** Undefined where the type does not say. */
export function kindOfType(mediaType: string): ContentKind | undefined {
  if (pages.has(mediaType)) return 'page';
  if (unknown.has(mediaType)) return undefined;
  const isText = /^text\/|\+(json|xml|yaml|json-seq)$/.test(mediaType) || texts.has(mediaType);
  return isText ? 'text' : 'binary';
}

export function kindOfBytes(bytes: Uint8Array): ContentKind {
  const head = Buffer.from(bytes.subarray(0, SNIFFED_BYTES));
  const isWide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (head.includes(0) && !isWide) return 'binary';
  return /^\W{0,8}<(!doctype html|html[\s>])/i.test(head.toString('latin1').trimStart()) ? 'page' : 'text';
}

export function isJsonType(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json');
}
