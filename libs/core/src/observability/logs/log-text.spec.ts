import { describe, expect, it } from 'vitest';
import { escapeControls, jsonLine, prettyLine } from './log-text.js';

const entry = { time: '2026-01-01T00:00:00.000Z', level: 'warn', message: 'A line' } as const;

describe('a line for people', () => {
  it.each([
    [entry, '2026-01-01T00:00:00.000Z WARN  A line\n'],
    [{ ...entry, context: 'Call' }, '2026-01-01T00:00:00.000Z WARN  [Call] A line\n'],
    [
      { ...entry, requestId: 'r', status: 200, caller: undefined, more: { a: 1 } },
      '2026-01-01T00:00:00.000Z WARN  A line requestId=r status=200 more={"a":1}\n',
    ],
    [{ ...entry, caller: 'jwt:a\nb' }, '2026-01-01T00:00:00.000Z WARN  A line caller=jwt:a\\nb\n'],
    // what a stack holds can't begin a line of its own
    [{ ...entry, stack: 'Error: a\nb\n  at c' }, '2026-01-01T00:00:00.000Z WARN  A line\n    Error: a\n    b\n      at c\n'],
  ])('%j', (told, line) => expect(prettyLine(told, false)).toBe(line)); // prettier-ignore

  it('is coloured by its level on a terminal', () => {
    expect(prettyLine(entry, true)).toBe('2026-01-01T00:00:00.000Z \u001b[33mWARN \u001b[0m A line\n');
  });
});

it('a line of JSON leaves out what is not known', () => {
  expect(jsonLine({ ...entry, caller: undefined, status: 200 })).toBe(
    '{"time":"2026-01-01T00:00:00.000Z","level":"warn","message":"A line","status":200}\n',
  );
});

it.each([
  ['plain – text', 'plain – text'],
  ['a\tb\r\n\u0000', 'a\\tb\\r\\n\\u0000'],
  ['\u001b[31m\u007f\u0085\u009b', '\\u001b[31m\\u007f\\u0085\\u009b'],
  ['\u200e\u202e\u2066\u2028', '\\u200e\\u202e\\u2066\\u2028'],
])('control characters of %j can be seen', (text, shown) => expect(escapeControls(text)).toBe(shown));
