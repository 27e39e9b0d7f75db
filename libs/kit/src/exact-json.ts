import { endOfString, nestsDeeperThan } from './json-depth.js';

/** Nesting that every door accepts; JSON beyond it stays text, since serialising it could overflow the stack. */
const MAX_DEPTH = 64;

/** Whatever is shorter, and has no exponent of three digits, is the same number in JavaScript. */
const maybeInexact = /[\d.]{16}|\d[eE][-+]?\d{3}/;

/** JSON of others. Numbers that JavaScript would change become text, as bigint and numeric of PostgreSQL are. */
export function exactJson(text: string): unknown {
  if (nestsDeeperThan(text, MAX_DEPTH)) return text;
  return JSON.parse(maybeInexact.test(text) ? withExactNumbers(text) : text);
}

/** JSON in which each number that would be changed is a string. */
function withExactNumbers(json: string): string {
  const tokens = /"|-?\d[-+.\deE]*/g;
  let exact = '';
  let taken = 0;
  for (let token = tokens.exec(json); token; token = tokens.exec(json)) {
    const [text] = token;
    if (text === '"') {
      tokens.lastIndex = endOfString(json, token.index) + 1;
    } else if (!survives(text)) {
      exact += `${json.slice(taken, token.index)}"${text}"`;
      taken = tokens.lastIndex;
    }
  }
  return exact + json.slice(taken);
}

/** Whether a number means the same once JavaScript has read and written it. */
function survives(number: string): boolean {
  const read = Number(number);
  return Number.isFinite(read) && (String(read) === number || decimalOf(String(read)) === decimalOf(number));
}

/** One way to write a number: `1.50`, `15e-1` and `0.15e1` are `15e-1`. */
function decimalOf(number: string): string {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  let from = 0;
  while (digits[from] === '0') from++;
  let to = digits.length;
  while (to > from && digits[to - 1] === '0') to--;
  const sign = mantissa.startsWith('-') ? '-' : '';
  return from === to
    ? '0'
    : `${sign}${digits.slice(from, to)}e${Number(exponent) - fraction.length + digits.length - to}`;
}
