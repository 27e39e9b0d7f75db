import { isSecretName } from './secret-names.js';

export const MASK = '***';

/**
 * Secrets that show by their form. Each pattern ends in a run that can't fail once it has begun, or begins only where a
 * run does, so that the time is linear in the text. It is tried only where its hint occurs, which is far cheaper. A name may
 * stand before one: `TOKEN_ghp_…`.
 */
const shapes: readonly (readonly [hint: string, pattern: RegExp, mask: string])[] = [
  ['mcp_live_', /mcp_live_\w{8,}/g, MASK],
  ['ghp_', /(?<![A-Za-z0-9])ghp_\w{16,}/g, MASK],
  ['gho_', /(?<![A-Za-z0-9])gho_\w{16,}/g, MASK],
  ['ghu_', /(?<![A-Za-z0-9])ghu_\w{16,}/g, MASK],
  ['ghs_', /(?<![A-Za-z0-9])ghs_[\w.-]{16,}/g, MASK],
  ['ghr_', /(?<![A-Za-z0-9])ghr_\w{16,}/g, MASK],
  ['github_pat_', /(?<![A-Za-z0-9])github_pat_\w{16,}/g, MASK],
  ['sk-', /(?<![A-Za-z0-9])sk-[\w-]{16,}/g, MASK],
  ['xox', /(?<![A-Za-z0-9])xox[a-z]-[\w-]{8,}/g, MASK],
  ['AKIA', /(?<![A-Za-z0-9])AKIA\w{12,}/g, MASK],
  ['ASIA', /(?<![A-Za-z0-9])ASIA\w{12,}/g, MASK],
  ['AIza', /(?<![A-Za-z0-9])AIza[\w-]{30,}/g, MASK],
  ['glpat-', /(?<![A-Za-z0-9])glpat-[\w-]{16,}/g, MASK],
  ['npm_', /(?<![A-Za-z0-9])npm_\w{30,}/g, MASK],
  // behind a name too; the lookahead settles on the first beginning in a run, since what follows is the same for all of them
  ['eyJ', /(?<![\w-])(?=((?:[\w-]{0,40}?[_-])?)eyJ)\1eyJ[\w-]{5,}(?:\.[\w-]*){2,4}/g, `$1${MASK}`],
  [
    'PRIVATE KEY',
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
    MASK,
  ],
  ['://', /:\/\/([^\s/:@"'<>]*):([^\s/"'<>]*)@/g, `://$1:${MASK}@`],
  // with a slash in the password, which is no port with a path; `//` belongs to another URL
  ['://', /:\/\/([^\s/:@[\]"'<>]*):(?!\d{1,5}[/?#])[^\s/@"'<>]*(?:\/(?!\/)[^\s/"'<>]*){1,8}@/g, `://$1:${MASK}@`],
  ['earer ', /\b([Bb]earer) +[\w.~+/=-]{8,}/g, `$1 ${MASK}`],
  ['EARER ', /\b(BEARER) +[\w.~+/=-]{8,}/g, `$1 ${MASK}`],
  ['asic ', /\b([Bb]asic) +[\w+/]{12,}={0,2}/g, `$1 ${MASK}`],
];

/** Whether one of the hints occurs, found out in one go. */
const anyHint = new RegExp(shapes.map(([hint]) => hint.replace('://', String.raw`:\/\/`)).join('|'));

/** The end of every secret name, up to what separates it from its value. */
const nameEnd =
  /(?:pass|pwd|secret|token|key|auth|cookie|credential|connection_?string|dsn|jwt|bearer|otp|pat)[\w-]{0,32}(?:%3[ad]|\\?["']?[ \t]{0,16}(?:=>|[=:])[ \t]{0,16})/gi;
const scheme = /(?:basic|bearer|digest|negotiate|token) +/iy;
const LONGEST_NAME = 100;

/** A text without what can be seen to be a secret: by its form, or by the name before it (`password=…`). */
export function redactText(text: string): string {
  return maskNamed(maskShapes(text));
}

/** A text without what can be seen to be a secret by its form alone. */
export function maskShapes(text: string): string {
  if (!anyHint.test(text)) return text;
  let clean = text;
  for (const [hint, pattern, mask] of shapes) {
    if (clean.includes(hint)) clean = clean.replace(pattern, mask);
  }
  return clean;
}

/** Whether `maskShapes` could change it. */
export function mayHoldShapes(text: string): boolean {
  return anyHint.test(text);
}

/** Masks the values of `name=value`, `name: value` and `"name":"value"`, as in queries, headers, JSON and settings. */
function maskNamed(text: string): string {
  if (!text.includes('=') && !text.includes(':') && !text.includes('%3')) return text;
  let clean = '';
  let done = 0;
  nameEnd.lastIndex = 0;
  for (let found = nameEnd.exec(text); found; found = nameEnd.exec(text)) {
    const valueAt = nameEnd.lastIndex;
    const name = nameAt(text, found.index, valueAt);
    if (!isSecretName(name) || (name === 'jwt' && isCallerId(text, valueAt))) continue;
    const { from, to } = valueIn(text, valueAt);
    if (to === from) continue;
    clean += text.slice(done, from) + MASK;
    done = to;
    nameEnd.lastIndex = to;
  }
  return done === 0 ? text : clean + text.slice(done);
}

/** The whole name, whose end was found. */
function nameAt(text: string, end: number, valueAt: number): string {
  let start = end;
  while (start > 0 && end - start < LONGEST_NAME && /[\w-]/.test(text.charAt(start - 1))) start -= 1;
  return /^[\w-]+/.exec(text.slice(start, valueAt))?.[0] ?? '';
}

/** Whether what stands before the value makes it an id of a caller, `jwt:<subject>`; tokens begin with `eyJ`. */
function isCallerId(text: string, valueAt: number): boolean {
  if (!text.startsWith('jwt:', valueAt - 'jwt:'.length) || text.startsWith('eyJ', valueAt)) return false;
  return /[^\s"'\\[{]/.test(text.charAt(valueAt));
}

/** Where a value begins and ends: in quotes or brackets, or up to what can't belong to it. */
function valueIn(text: string, at: number): { from: number; to: number } {
  const quote = /\\?["']/y;
  quote.lastIndex = at;
  const opened = quote.exec(text)?.[0];
  if (opened !== undefined) {
    const from = at + opened.length;
    return { from, to: endOfQuoted(text, from, opened) };
  }
  if (/[[{]/.test(text.charAt(at))) return { from: at, to: endOfBrackets(text, at) };
  scheme.lastIndex = at;
  const bare = /[^\s,;&"'()[\]{}<>\\]*/y;
  bare.lastIndex = scheme.test(text) ? scheme.lastIndex : at;
  bare.test(text);
  return { from: at, to: bare.lastIndex };
}

/** A quote that is not closed reaches to the end of its line. */
function endOfQuoted(text: string, from: number, quote: string): number {
  for (let i = from; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (char === '\n' || text.startsWith(quote, i)) return i;
    if (char === '\\') i += 1;
  }
  return text.length;
}

/** JSON in JSON in JSON has as many backslashes before a quote, and one. */
const LONGEST_QUOTE = 8;

/** Behind the bracket that closes the first one; of brackets that stay open the end of the text. */
function endOfBrackets(text: string, from: number): number {
  const token = /\\+"?|["[\]{}]/g;
  token.lastIndex = from;
  let depth = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [what] = found;
    if (what === '[' || what === '{') depth += 1;
    else if (what === ']' || what === '}') depth -= 1;
    else if (what.endsWith('"')) token.lastIndex = behindQuoted(text, token.lastIndex, what.slice(-LONGEST_QUOTE));
    if (depth === 0) return token.lastIndex;
  }
  return text.length;
}

function behindQuoted(text: string, from: number, quote: string): number {
  const end = endOfQuoted(text, from, quote);
  return text.startsWith(quote, end) ? end + quote.length : end;
}
