/** One token of JSON (RFC 8259) with the blanks before it: punctuation, a string, or another value. */
const TOKEN =
  // eslint-disable-next-line no-control-regex
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or the end';

/**
 * Where a text stops being JSON, counted from 1; undefined for one that is JSON. `JSON.parse` tells it only of some
 * mistakes, and with others shows the text.
 */
export function jsonMistake(text: string): { line: number; column: number } | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) break;
    const next = after(match[1] ?? (match[2] === undefined ? 'value' : 'string'), expected, open);
    if (next === undefined) break;
    expected = next;
    at = TOKEN.lastIndex;
  }
  const rest = /[ \t\r\n]*/y;
  rest.lastIndex = at;
  rest.exec(text);
  if (rest.lastIndex === text.length && open.length === 0 && expected === ', or the end') return undefined;
  const lines = text.slice(0, rest.lastIndex).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** What may follow a token; undefined where the token itself may not stand. `open` is kept up to date. */
function after(token: string, expected: Expected, open: ('{' | '[')[]): Expected | undefined {
  const inside = open.at(-1);
  const wantsValue = expected === 'value' || expected === 'value or ]';
  const wantsName = expected === 'name' || expected === 'name or }';
  switch (token) {
    case '{':
    case '[':
      if (!wantsValue) return undefined;
      open.push(token);
      return token === '{' ? 'name or }' : 'value or ]';
    case '}':
    case ']': {
      const mayClose = expected === ', or the end' || expected === (token === '}' ? 'name or }' : 'value or ]');
      if (!mayClose || inside !== (token === '}' ? '{' : '[')) return undefined;
      open.pop();
      return ', or the end';
    }
    case ':':
      return expected === ':' ? 'value' : undefined;
    case ',':
      if (expected !== ', or the end' || inside === undefined) return undefined;
      return inside === '{' ? 'name' : 'value';
    case 'string':
      if (wantsName) return ':';
      return wantsValue ? ', or the end' : undefined;
    default:
      return wantsValue ? ', or the end' : undefined;
  }
}
