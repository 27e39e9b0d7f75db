import { expect, it } from 'vitest';
import { findLength, readHead, type RequestHead } from './request-head.js';

function read(text: string): RequestHead | undefined {
  const length = findLength(text);
  return length && readHead(length.rest);
}

function head(...lines: string[]): string {
  return ['POST /mcp HTTP/1.1', 'Host: localhost', 'Content-Length: 12', ...lines].join('\r\n');
}

it('reads names in lower case, values without the blanks around them, and both as they came', () => {
  expect(read(head('X-Mcp-Key:\t key \t', 'Accept:', 'x-a: 1  2'))).toEqual({
    url: '/mcp',
    headers: { host: 'localhost', 'x-mcp-key': 'key', accept: '', 'x-a': '1  2' },
    rawHeaders: ['Host', 'localhost', 'X-Mcp-Key', 'key', 'Accept', '', 'x-a', '1  2'],
  });
});

it.each([
  ['Content-Length: 12', 12],
  ['CONTENT-LENGTH:\t007 ', 7],
  ['content-length:0', 0],
  ['content-Length:  123456789', 123_456_789],
])('finds in %j how long the body is', (line, bodyBytes) => {
  const text = `POST /mcp HTTP/1.1\r\nHost: a\r\n${line}\r\nx-a: 1`;
  const length = findLength(text);
  expect(length).toMatchObject({ bodyBytes, rest: 'POST /mcp HTTP/1.1\r\nHost: a\r\nx-a: 1' });
  expect(Number(text.slice(length?.start, length?.end))).toBe(bodyBytes);
});

it('takes keep-alive, a query, and bytes above ASCII in a value', () => {
  const text = head('Connection: Keep-Alive', 'x-name: J\xf6rg').replace('/mcp', '/mcp?api_key=a%20b');
  expect(read(text)).toMatchObject({ url: '/mcp?api_key=a%20b', headers: { 'x-name': 'J\xf6rg' } });
});

it.each([
  ['another method', head().replace('POST', 'GET')],
  ['a method in lower case', head().replace('POST', 'post')],
  ['HTTP/1.0', head().replace('1.1', '1.0')],
  ['HTTP/2.0', head().replace('1.1', '2.0')],
  ['an absolute address', head().replace('/mcp', 'http://localhost/mcp')],
  ['no address', head().replace('/mcp', '*')],
  ['a blank in the address', head().replace('/mcp', '/mcp /x')],
  ['two blanks in the request line', head().replace('POST ', 'POST  ')],
  ['bytes above ASCII in the address', head().replace('/mcp', '/mcp\xe4')],
  ['an empty line before it', `\r\n${head()}`],
  ['no Host', head().replace('Host: localhost\r\n', '')],
  ['an empty Host', head().replace('localhost', '')],
  ['two Hosts', head('Host: localhost')],
  ['two lengths that are equal', head('Content-Length: 12')],
  ['a header that comes twice', head('x-a: 1', 'X-A: 1')],
  ['two credentials', head('Authorization: Bearer a', 'Authorization: Bearer b')],
  ['no length', head().replace('Content-Length: 12', 'x-a: 1')],
  ['a length with a sign', head().replace('12', '+12')],
  ['a length in hexadecimal', head().replace('12', '0x12')],
  ['several lengths in one', head().replace('12', '12, 12')],
  ['a length that no number holds', head().replace('12', '9'.repeat(30))],
  ['an empty length', head().replace(' 12', '')],
  ['chunks', head('Transfer-Encoding: chunked')],
  ['an encoding of its own', head('Transfer-Encoding: identity')],
  ['inflated bytes', head('Content-Encoding: gzip')],
  ['an expectation', head('Expect: 100-continue')],
  ['an upgrade', head('Upgrade: h2c')],
  ['a connection to be closed', head('Connection: close')],
  ['a connection of two words', head('Connection: keep-alive, upgrade')],
  ['trailers', head('Trailer: x-a')],
  ['a folded value', head('x-a: 1', ' 2')],
  ['a folded value with a colon', head('x-a: 1', '\tx-b: 2')],
  ['a line without a colon', head('x-a')],
  ['a header without a name', head(': 1')],
  ['a blank before the colon', head('x-a : 1')],
  ['a name that is no token', head('x(a): 1')],
  ['a name that every object has', head('Constructor: 1')],
  ['the name of a prototype', head('__proto__: 1')],
  ['a bare line feed', head('x-a: 1\nx-b: 2')],
  ['a bare carriage return', head('x-a: 1\rx-b: 2')],
  ['a NUL', head('x-a: 1\0')],
  ['a DEL', head('x-a: 1\x7f')],
])('leaves %s to node', (_, text) => {
  expect(read(text)).toBeUndefined();
});
