import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerHead } from './answer-head.js';
import { AnswerReader } from './answer-reader.js';
import { LastHead } from './head-reader.js';
import { anyAnswer, cut, places, wireOf, type Meant } from './testing/wire-answers.js';

/** What is read of bytes that come in these parts, after which the connection ends. */
function read(parts: readonly Buffer[]) {
  let head: AnswerHead | undefined;
  let end: { isAlone: boolean } | undefined;
  const body: Buffer[] = [];
  const listener = {
    onHead: (came: AnswerHead) => (head = came),
    onBody: (part: Buffer) => body.push(Buffer.from(part)),
    onEnd: (_head: AnswerHead, isAlone: boolean) => (end ??= { isAlone }),
  };
  const reader = new AnswerReader(new LastHead(), listener);
  // they are written into
  for (const part of parts) if (!end) reader.take(Buffer.from(part));
  if (!end) reader.close();
  return {
    status: head?.status,
    headers: head && { ...head.headers },
    body: Buffer.concat(body).toString('latin1'),
    keptMs: head?.keptMs,
    ...end,
  };
}

const readText = (text: string) => read([Buffer.from(text, 'latin1')]);

/** What of a head says how long the body is, and the rest. */
const ok = (head: string, body = '') => readText(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`);

function headersOf({ headers, framing, body }: Meant): Record<string, string | string[]> {
  const all: [string, string][] = headers.map(([name, value]) => [name.toLowerCase(), value]);
  if (framing === 'length') all.push(['content-length', String(body.length)]);
  if (framing === 'chunks') all.push(['transfer-encoding', 'Chunked']);
  const merged: Record<string, string | string[]> = {};
  for (const [name] of all) {
    const values = all.filter(([other]) => other === name).map(([, value]) => value);
    merged[name] = values.length === 1 ? values[0]! : values;
  }
  return merged;
}

describe('an answer', () => {
  it('is what its server meant, in whatever parts it comes', () => {
    fc.assert(
      fc.property(anyAnswer, places, (meant, where) => {
        expect(read(cut(wireOf(meant), where))).toEqual({
          status: meant.status,
          headers: headersOf(meant),
          body: meant.body.toString('latin1'),
          keptMs: meant.framing === 'close' ? 0 : 15_000,
          isAlone: true,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('is the same byte by byte', () => {
    fc.assert(
      fc.property(anyAnswer, (meant) => {
        const wire = wireOf(meant);
        expect(read([...wire].map((byte) => Buffer.of(byte)))).toEqual(read([wire]));
      }),
      { numRuns: 50 },
    );
  });

  it('has ended where it ends, whatever comes behind it', () => {
    fc.assert(
      fc.property(anyAnswer, fc.uint8Array({ minLength: 1, maxLength: 40 }), (meant, more) => {
        fc.pre(meant.framing !== 'close');
        const { body, isAlone } = read([Buffer.concat([wireOf(meant), more])]);
        expect({ body, isAlone }).toEqual({ body: meant.body.toString('latin1'), isAlone: false });
      }),
    );
  });

  it('may be announced by a server that was not asked to (RFC 9110, 15.2)', () => {
    const heads = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 1\r\n\r\na';
    expect(readText(heads)).toMatchObject({ status: 201, body: 'a', isAlone: true });
  });

  it.each([204, 304])('has no body with the status %i, whatever its head says', (status) => {
    const head = `HTTP/1.1 ${status} x\r\ncontent-length: 5\r\n\r\n`;
    expect(readText(head)).toMatchObject({ status, body: '', isAlone: true });
  });

  it('is not there where the connection ends before it does', () => {
    const end = (head: string, body: string) => ok(head, body).isAlone;
    expect([
      end('content-length: 3', 'ab'),
      end('transfer-encoding: chunked', '2\r\nab\r\n'),
      end('transfer-encoding: chunked', '2\r\nab\r\n0\r\n'),
      readText('HTTP/1.1 200 OK\r\n').isAlone,
      readText('HTTP/1.1 100 Continue\r\n\r\n').isAlone,
      readText('').isAlone,
    ]).toEqual(Array.from({ length: 6 }, () => undefined));
  });

  it('may have headers of any name', () => {
    expect(ok('__proto__: a\r\nconstructor: b\r\ncontent-length: 0').headers).toEqual(
      Object.fromEntries([
        ['__proto__', 'a'],
        ['constructor', 'b'],
        ['content-length', '0'],
      ]),
    );
  });
});

describe('no answer', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['another protocol by its first byte', 'S'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 99 x\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 x\r\n\r\n'],
    ['a NUL in its reason', 'HTTP/1.1 200 O\0K\r\n\r\n'],
    ['a change of protocol', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n'],
    ['an announcement in HTTP/1.0', 'HTTP/1.0 103 Early Hints\r\n\r\nHTTP/1.1 204 x\r\n\r\n'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nabc\r\n\r\n'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: abc\r\n\r\n'],
    ['a blank before the colon', 'HTTP/1.1 200 OK\r\nx-a : b\r\n\r\n'],
    ['a header of two lines', 'HTTP/1.1 200 OK\r\nx-a: b\r\n content-length: 0\r\n\r\n'],
    ['a line that goes on with nothing', 'HTTP/1.1 200 OK\r\n\tx-a: b\r\n\r\n'],
    ['a line feed alone', 'HTTP/1.1 200 OK\r\nx-a: b\nx-c: d\r\n\r\n'],
    ['a carriage return alone', 'HTTP/1.1 200 OK\r\nx-a: b\rx-c: d\r\n\r\n'],
    ['a NUL in a header', 'HTTP/1.1 200 OK\r\nx-a: \0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na'],
    ['a list of lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\na'],
    ['a length below 0', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    ['a length in another notation', 'HTTP/1.1 200 OK\r\ncontent-length: 0x1\r\n\r\na'],
    ['an empty length', 'HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an unknown coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['chunks twice', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ])('is one with %s', (_what, text) => {
    expect(() => readText(text)).toThrow(/^The answer has /);
  });

  it.each([
    ['without a size', '\r\n'],
    ['of a size that is no number', 'x\r\n'],
    ['of a size below 0', '-1\r\n'],
    ['of a size with a blank before it', ' 1\r\na\r\n'],
    ['of a size with a blank behind it', '1 \r\na\r\n'],
    ['of a size that ends in a line feed alone', '1\na\r\n'],
    ['that is too large for anything', '1000000000000\r\n'],
    ['that is longer than its size', '1\r\nab\r\n'],
    ['that ends in a line feed alone', '1\r\na\n0\r\n\r\n'],
    ['with a NUL in its extension', '1;a=\0\r\na\r\n'],
    ['with a line feed in its extension', '1;a\n\r\na\r\n'],
    ['with an endless extension', `1;${'a'.repeat(20_000)}`],
    ['with a line feed in a trailer', '0\r\nx-a: b\n\r\n'],
    ['with a trailer that is no header', '0\r\nabc\r\n\r\n'],
    ['with endless trailers', `0\r\n${'x-a: b\r\n'.repeat(4_000)}`],
    ['with a carriage return alone at the end', '0\r\n\rx'],
  ])('is one with a chunk %s', (_what, body) => {
    expect(() => ok('transfer-encoding: chunked', body)).toThrow(/^The answer has /);
  });

  it('is one whose head does not end', () => {
    const filler = Buffer.from(`x-filler: ${'a'.repeat(1_000)}\r\n`);
    const parts = [Buffer.from('HTTP/1.1 200 OK\r\n'), ...Array.from({ length: 100 }, () => filler)];
    expect(() => read(parts)).toThrow('Headers Overflow Error');
    expect(() => read([Buffer.concat([...parts, Buffer.from('\r\n')])])).toThrow('Headers Overflow Error');
  });

  it('is one that never goes on after it was announced', () => {
    const parts = Array.from({ length: 5_000 }, () => Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'));
    expect(() => read(parts)).toThrow('Headers Overflow Error');
  });
});

describe('a connection is kept', () => {
  const keptMs = (version: string, head: string) =>
    readText(`HTTP/1.${version} 200 OK\r\ncontent-length: 0\r\n${head}\r\n`).keptMs;

  it.each([
    ['1', '', 15_000],
    ['1', 'connection: keep-alive\r\n', 15_000],
    ['1', 'connection: close\r\n', 0],
    ['1', 'Connection: x, CLOSE\r\n', 0],
    ['1', 'connection: x\r\nconnection: close\r\n', 0],
    ['0', '', 0],
    ['0', 'connection: Keep-Alive\r\n', 15_000],
    ['1', 'keep-alive: timeout=5\r\n', 3_000],
    ['1', 'keep-alive: max=3, timeout=65\r\n', 63_000],
    ['1', 'keep-alive: timeout=2\r\n', 0],
    ['1', 'keep-alive: timeout=999999999\r\n', 600_000],
    ['1', 'keep-alive: for ever\r\n', 15_000],
  ])('in HTTP/1.%s with %j for so many milliseconds: %i', (version, head, ms) => {
    expect(keptMs(version, head)).toBe(ms);
  });
});
