import { describe, expect, it } from 'vitest';
import { KnownHeads } from './known-heads.js';

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
