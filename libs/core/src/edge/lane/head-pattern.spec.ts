import { expect, it } from 'vitest';
import { HeadPattern } from './head-pattern.js';
import { findLength, readHead } from './request-head.js';

const START = 'POST /mcp/rpc HTTP/1.1\r\nHost: localhost\r\n';
const withLength = (length: string, rest: string, start = START) =>
  Buffer.from(`${start}Content-Length: ${length}${rest}`);

function patternOf(text: Buffer): HeadPattern {
  const length = findLength(text.toString('latin1').split('\r\n\r\n')[0] ?? '')!;
  return new HeadPattern(readHead(length.rest)!, text, length);
}

it.each([
  ['at the end', '\r\n\r\n'],
  ['before another header', '\r\nX-MCP-Key: a key of some length\r\n\r\n'],
  ['with blanks', ' \t\r\nA: b\r\n\r\n'],
])('knows a head again by all but its length, which stands %s', (_, rest) => {
  const pattern = patternOf(withLength('99', rest));
  for (const length of ['99', '7', '0', '12345', '123456789']) {
    const head = withLength(length, rest);
    expect(pattern.fits(Buffer.concat([head, Buffer.from('{"the":"body"}')]))).toBe(true);
    expect([pattern.headBytes, pattern.bodyBytes]).toEqual([head.length, Number(length)]);
  }
});

it.each([
  ['is not whole', withLength('99', '\r\n\r')],
  ['ends before its length', Buffer.from(START)],
  ['tells no length', withLength('', '\r\n\r\n')],
  ['tells one that no number holds', withLength('1234567890', '\r\n\r\n')],
  ['tells one with a sign', withLength('+9', '\r\n\r\n')],
  ['tells several', withLength('9, 9', '\r\n\r\n')],
  ['goes on otherwise', withLength('99', '\r\nA: b\r\n\r\n')],
  ['begins otherwise', withLength('99', '\r\n\r\n', START.replace('localhost', 'localhosT'))],
])('does not know one that %s', (_, bytes) => {
  expect(patternOf(withLength('99', '\r\n\r\n')).fits(bytes)).toBe(false);
});
