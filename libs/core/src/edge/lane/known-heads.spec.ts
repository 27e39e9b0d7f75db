import { describe, expect, it } from 'vitest';
import { HeadPattern, markOf } from './head-pattern.js';
import { KnownHeads } from './known-heads.js';
import { findLength } from './request-head.js';

const head = (key: string, ...more: string[]) =>
  ['POST /mcp/rpc HTTP/1.1', 'Host: localhost', `X-MCP-Key: ${key}`, ...more].join('\r\n');

describe('a head that came lately', () => {
  it('is read once', () => {
    const heads = new KnownHeads();
    const first = heads.read(head('a'));
    expect(first?.headers['x-mcp-key']).toBe('a');
    expect(heads.read(head('b'))?.headers['x-mcp-key']).toBe('b');
    expect(heads.read(head('a'))).toBe(first);
  });

  it('is forgotten when it has not come for two times', () => {
    const heads = new KnownHeads();
    const [a, b] = [heads.read(head('a')), heads.read(head('b'))];
    heads.forgetOlder();
    expect(heads.read(head('a'))).toBe(a);
    heads.forgetOlder();
    expect([heads.read(head('a')) === a, heads.read(head('b')) === b]).toEqual([true, false]);
  });

  it('gives way to others when there are many', () => {
    const heads = new KnownHeads();
    const a = heads.read(head('a'));
    for (let i = 0; i < 600; i += 1) heads.read(head(`key-${i}`));
    expect(heads.read(head('a'))).not.toBe(a);
  });

  it.each([
    ['has an id of its request', head('a', 'X-Request-Id: 1')],
    ['has the trace of its request', head('a', 'traceparent: 00-1-2-01')],
    ['is long', head('a'.repeat(2_100))],
  ])('is not kept where it %s', (_, text) => {
    const heads = new KnownHeads();
    expect(heads.read(text)).not.toBe(heads.read(text));
    expect(heads.read(text)?.headers.host).toBe('localhost');
  });

  it('that is none is none again', () => {
    const heads = new KnownHeads();
    expect([heads.read('what?'), heads.read('what?')]).toEqual([undefined, undefined]);
  });
});

describe('a head that is known by its bytes', () => {
  const bytesOf = (key: string, length: number | string, last = '') =>
    Buffer.from(`${head(key)}\r\nContent-Length: ${length}${last}\r\n\r\n`);
  const knowing = (...known: Buffer[]) => {
    const heads = new KnownHeads();
    const patterns = known.map((bytes) => {
      const length = findLength(bytes.toString('latin1', 0, bytes.length - 4))!;
      const pattern = new HeadPattern(heads.read(length.rest)!, bytes, length);
      heads.learn(pattern);
      return { pattern, lengthAt: length.start };
    });
    return { heads, patterns };
  };

  it.each([[''], ['\r\nUser-Agent: an agent of some name']])('is found whatever length it tells, before %j', (last) => {
    const { heads, patterns } = knowing(bytesOf('a', 99, last), bytesOf('b', 99, last));
    for (const [i, key] of ['a', 'b'].entries()) {
      for (const length of [0, 99, 12_345]) {
        const bytes = Buffer.concat([bytesOf(key, length, last), Buffer.from('{"a":"body"}\r\n\r\n')]);
        const { pattern, lengthAt } = patterns[i]!;
        expect(heads.find(bytes, lengthAt)).toBe(pattern);
        expect(pattern.bodyBytes).toBe(length);
      }
    }
  });

  it.each([
    ['another key', bytesOf('c', 99)],
    ['a length at another place', bytesOf('longer', 99)],
    ['no length', bytesOf('a', 'many')],
    ['no end', bytesOf('a', 99).subarray(0, -2)],
    ['too little', Buffer.from('POST /mcp')],
    ['nothing', Buffer.alloc(0)],
  ])('is not found in %s', (_, bytes) => {
    const { heads, patterns } = knowing(bytesOf('a', 99));
    expect(heads.find(bytes, patterns[0]!.lengthAt)).toBeUndefined();
  });

  it('is the one that came where another one has the same mark', () => {
    const { heads, patterns } = knowing(bytesOf('a', 99));
    const { lengthAt } = patterns[0]!;
    // what is looked at of them is the same
    const others = ['ROST', 'PPST', 'POTT', 'POSU'].map((verb) => bytesOf('a', 99).fill(verb, 0, 4));
    expect(others.filter((other) => markOf(other, lengthAt) === patterns[0]!.pattern.mark)).toHaveLength(3);
    expect(others.map((other) => heads.find(other, lengthAt))).toEqual(others.map(() => undefined));
  });

  it('is forgotten as others are', () => {
    const { heads, patterns } = knowing(bytesOf('a', 99), bytesOf('b', 99));
    heads.forgetOlder();
    expect(heads.find(bytesOf('a', 99), patterns[0]!.lengthAt)).toBeDefined();
    heads.forgetOlder();
    expect(heads.find(bytesOf('a', 99), patterns[0]!.lengthAt)).toBeDefined();
    expect(heads.find(bytesOf('b', 99), patterns[1]!.lengthAt)).toBeUndefined();
  });
});
