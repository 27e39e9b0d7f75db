import { number, refusedWord, text, type ValueRule, type Word } from '../grammar.js';

const matching = (form: RegExp, expected: string): ValueRule => {
  return (value) => (form.test(value) ? undefined : expected);
};
const ago = matching(/^[+-]?\d{1,9}$/, 'a number such as 7, +7 or -7');

/** Words of an expression, with what the next word may be where they take one. */
const open: ReadonlyMap<string, ValueRule | undefined> = new Map([
  ...['(', ')', '!', '-not', '-a', '-and', '-o', '-or', '-print', '-prune', '-ls', '-empty', '-true', '-false'].map(
    (word) => [word, undefined] as const,
  ),
  ...['-name', '-iname', '-path', '-ipath', '-wholename', '-lname'].map((word) => [word, text] as const),
  ...['-mtime', '-mmin', '-atime', '-amin', '-ctime', '-cmin', '-links'].map((word) => [word, ago] as const),
  ['-type', matching(/^[fdlpsbc](,[fdlpsbc])*$/, 'f, d or l')],
  ['-size', matching(/^[+-]?\d{1,15}[bcwkMG]?$/, 'a size such as +10k')],
  ['-perm', matching(/^[-/]?[0-7]{1,4}$/, 'an octal mode such as 644')],
  ['-maxdepth', number(0, 1_000)],
  ['-mindepth', number(0, 1_000)],
]);

const refused: Readonly<Record<string, string>> = {
  '-L': 'links are not followed',
  '-H': 'links are not followed',
  '-follow': 'links are not followed',
  '-regex': 'these patterns can take for ever; use -name or -path',
  '-delete': 'nothing is deleted',
};
const running = /^-(exec|execdir|ok|okdir)$/;
const elsewhere = /^-(fprint0?|fprintf|fls|files0-from)$/;

/** `find [paths] [expression]`: only words that look at names and facts of files. */
export function find(words: readonly string[]): Word[] {
  const begins = words.findIndex((word) => /^[-(!]/.test(word));
  const paths = begins === -1 ? words : words.slice(0, begins);
  const expression = begins === -1 ? [] : words.slice(begins);
  for (let at = 0; at < expression.length; at += 1) {
    const word = expression[at] ?? '';
    if (!open.has(word)) throw refusedWord(word, `${reasonAgainst(word)}. Open are ${[...open.keys()].join(' ')}`);
    const rule = open.get(word);
    if (!rule) continue;
    const value = expression[(at += 1)];
    if (value === undefined) throw refusedWord(word, 'it needs a value');
    const expected = rule(value);
    if (expected !== undefined) throw refusedWord(`${word} ${value}`, `${word} takes ${expected}`);
  }
  const places = paths.length === 0 ? ['.'] : paths;
  return ['-P', ...places.map((path) => ({ path, kind: 'anything' }) as const), ...expression];
}

function reasonAgainst(word: string): string {
  if (running.test(word)) return 'no other program is run';
  if (elsewhere.test(word)) return 'nothing is read from or written to other files';
  return refused[word] ?? 'it is not among the words that are open here; paths come first';
}
