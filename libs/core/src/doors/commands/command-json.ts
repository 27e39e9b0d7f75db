/** Where a text stops being JSON, and what would have been right there. */
export interface JsonProblem {
  at: number;
  expected: string;
}

export type JsonReading = { value: unknown } | { problem: JsonProblem };

const MAX_DEPTH = 64;
const blanks = /[ \t\r\n]*/y;
const lexeme =
  /[{}[\],:]|"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

const expectations = {
  value: 'a value',
  'value or ]': 'a value or ]',
  key: 'a member name in double quotes',
  'key or }': 'a member name in double quotes or }',
  colon: 'a colon after the member name',
  more: 'a comma or the closing bracket',
  end: 'the end of the line',
};
type State = keyof typeof expectations;

/** Reads a whole text as JSON. Members that could reach a prototype are left out; deeper than 64 levels is a problem. */
export function readJson(text: string): JsonReading {
  const problem = findProblem(text);
  if (problem) return { problem };
  return {
    value: JSON.parse(text, (key, member: unknown) =>
      key === '__proto__' || key === 'constructor' ? undefined : member,
    ),
  };
}

/** The engine's own messages don't always say where, and differ between its versions. */
function findProblem(text: string): JsonProblem | undefined {
  const open: string[] = [];
  let state: State = 'value';
  let at = skipBlanks(text, 0);
  while (at < text.length) {
    lexeme.lastIndex = at;
    const found = lexeme.exec(text)?.[0];
    if (found === undefined) return { at, expected: expectedInsteadOf(text, at, state) };
    const next = step(state, found, open);
    if (next === undefined) return { at, expected: expectations[state] };
    if (open.length > MAX_DEPTH) return { at, expected: `at most ${MAX_DEPTH} levels of nesting` };
    state = next;
    at = skipBlanks(text, at + found.length);
  }
  return state === 'end' ? undefined : { at, expected: expectations[state] };
}

/** The state after a lexeme, or undefined where it has no place. Keeps `open`, the brackets not yet closed. */
function step(state: State, found: string, open: string[]): State | undefined {
  const afterValue = () => (open.length === 0 ? 'end' : 'more');
  switch (state) {
    case 'value or ]':
    case 'value':
      if (found === ']' && state === 'value or ]') {
        open.pop();
        return afterValue();
      }
      if (found === '{' || found === '[') {
        open.push(found);
        return found === '{' ? 'key or }' : 'value or ]';
      }
      return ']},:'.includes(found) ? undefined : afterValue();
    case 'key or }':
    case 'key':
      if (found === '}' && state === 'key or }') {
        open.pop();
        return afterValue();
      }
      return found.startsWith('"') ? 'colon' : undefined;
    case 'colon':
      return found === ':' ? 'value' : undefined;
    case 'more': {
      const inObject = open.at(-1) === '{';
      if (found === ',') return inObject ? 'key' : 'value';
      if (found !== (inObject ? '}' : ']')) return undefined;
      open.pop();
      return afterValue();
    }
    case 'end':
      return undefined;
  }
}

function expectedInsteadOf(text: string, at: number, state: State): string {
  const stringMayStand = state.startsWith('value') || state.startsWith('key');
  return text[at] === '"' && stringMayStand
    ? 'a string that is closed, on one line, with no escapes but those of JSON'
    : expectations[state];
}

function skipBlanks(text: string, from: number): number {
  blanks.lastIndex = from;
  blanks.exec(text);
  return blanks.lastIndex;
}
