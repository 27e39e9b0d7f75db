import { Server } from 'engine.io';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionOf } from './session-of.js';

interface Prepared {
  url: string;
  _query?: { sid?: string };
}
const engine = new Server() as unknown as { prepare(request: Prepared): void };

/** What engine.io itself takes for the session. */
function takenByEngine(url: string): string | undefined {
  const request: Prepared = { url };
  engine.prepare(request);
  return request._query?.sid;
}

describe('the session of a request', () => {
  it.each([
    ['/socket.io/', undefined],
    ['/socket.io/?EIO=4&transport=polling', undefined],
    ['/socket.io/?sid=a', 'a'],
    ['/socket.io?sid=a', 'a'],
    ['/socket.io/?%73%69%64=a', 'a'],
    ['/socket.io/?sid=a%2Bb', 'a+b'],
    ['/socket.io/?sid=a+b', 'a b'],
    ['/socket.io/?sid=%ff', '\ufffd'],
    ['/socket.io/?SID=a', undefined],
    ['/socket.io/?x=1?sid=a', undefined],
    ['/socket.io/??sid=a', undefined],
    ['/socket.io/?x=1;sid=a', undefined],
    ['/socket.io/?x=1#&sid=a', undefined],
    ['/socket.io/?sid=a#&sid=b', 'a'],
    ['/socket.io/?sid=a%26sid=b', 'a&sid=b'],
    ['/socket.io/?sid[]=a', undefined],
    ['/socket.io/?s\tid=a', 'a'],
  ])('%s is %j, for engine.io too', (url, sessionId) => {
    expect(sessionOf(url)).toBe(sessionId);
    expect(takenByEngine(url)).toBe(sessionId);
  });

  it.each([
    ['sid=a&sid=b', 'sid'],
    ['sid=a&sid=a', 'sid'],
    ['sid=a&%73id=b', 'sid'],
    ['sid=a&sid=', 'sid'],
    ['sid=&sid=a', 'sid'],
    ['sid=a&sid', 'sid'],
    ['sid=', 'sid'],
    ['sid', 'sid'],
    ['transport=polling&transport=websocket', 'transport'],
    ['EIO=4&EIO=3', 'EIO'],
  ])('?%s is refused, naming %s', (query, name) => {
    expect(() => sessionOf(`/socket.io/?${query}`)).toThrow(
      expect.objectContaining({ kind: 'invalid', message: expect.stringContaining(`${name}: expected `) as string }),
    );
  });

  it('is that of engine.io however it is spelled, or the request is refused', () => {
    const part = fc.constantFrom(
      'sid',
      'SID',
      '%73',
      'id',
      '=',
      '&',
      '?',
      '#',
      '+',
      '%',
      '%26',
      ';',
      'é',
      '\t',
      '\\',
      'a',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const url = `/socket.io/?${parts.join('')}`;
        let sessionId: string | undefined;
        try {
          sessionId = sessionOf(url);
        } catch {
          return;
        }
        expect(sessionId).toBe(takenByEngine(url));
      }),
      { numRuns: 5_000 },
    );
  });
});
