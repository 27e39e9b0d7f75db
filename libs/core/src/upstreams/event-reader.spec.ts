import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readEvents, type StreamPosition } from './event-reader.js';

async function read(chunks: (string | Buffer)[]) {
  const position: StreamPosition = { lastEventId: undefined, retryMs: undefined };
  const data: string[] = [];
  await readEvents(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), position, (event) => {
    data.push(event.type === 'message' ? event.data : `${event.type}: ${event.data}`);
  });
  return { data, ...position };
}

const euro = Buffer.from('data: €\n\n');

describe('a stream of events', () => {
  it.each<[string, (string | Buffer)[], object]>([
    ['one line', ['data: a\n\n'], { data: ['a'] }],
    ['CRLF', ['data: a\r\n\r\n'], { data: ['a'] }],
    ['CRLF between two parts', ['data: a\r', '\n\r\n'], { data: ['a'] }],
    ['lone CR', ['data: a\r\rdata: b\r\r:'], { data: ['a', 'b'] }],
    ['several lines of data', ['data: {\ndata:  "a":1\ndata: }\n\n'], { data: ['{\n "a":1\n}'] }],
    ['a byte order mark', ['\uFEFFdata: a\n\n'], { data: ['a'] }],
    ['comments', [': hello\n\ndata: a\n: more\n\n'], { data: ['a'] }],
    ['a letter between two parts', [euro.subarray(0, 7), euro.subarray(7)], { data: ['€'] }],
    ['another type', ['event: endpoint\ndata: /m\n\n'], { data: ['endpoint: /m'] }],
    ['an id without data', ['id: 7\ndata:\n\n'], { data: [], lastEventId: '7' }],
    ['an id that no header holds', ['id: 7\n\nid: ü\ndata: a\n\n'], { data: ['a'] }],
    ['a wait', ['retry: 250\n\n'], { data: [], retryMs: 250 }],
    ['a wait that is no number', ['retry: soon\n\n'], { data: [] }],
    ['a wait without end', ['retry: 99999999999\n\n'], { data: [], retryMs: 60_000 }],
    ['an event that is not finished', ['data: a\n\ndata: b'], { data: ['a'] }],
  ])('with %s', async (_what, chunks, expected) => {
    expect(await read(chunks)).toEqual({ lastEventId: undefined, retryMs: undefined, ...expected });
  });
});
