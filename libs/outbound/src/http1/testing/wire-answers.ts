import fc from 'fast-check';

/** An answer as its server means it. */
export interface Meant {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly framing: 'length' | 'chunks' | 'close';
  /** Heads that say that there will be one. Not 100, which undici takes for an error where it was not asked for. */
  readonly before: readonly string[];
  readonly chunkBytes: number;
  readonly extension: string;
  readonly trailers: string;
  readonly reason: string;
}

const name = fc.stringMatching(/^[Xx]-[A-Za-z0-9!#$&'*+.^_`|~-]{0,8}$/);
const value = fc.stringMatching(/^(?:[!-~\xa1-\xff](?:[\t -~\xa1-\xff]{0,12}[!-~\xa1-\xff])?)?$/);

export const anyAnswer: fc.Arbitrary<Meant> = fc.record({
  status: fc.constantFrom(200, 200, 200, 201, 202, 400, 404, 500, 599),
  headers: fc.array(fc.tuple(name, value), { maxLength: 4 }),
  body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  framing: fc.constantFrom('length', 'chunks', 'close'),
  before: fc.array(fc.constantFrom('HTTP/1.1 102 Processing', 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload'), {
    maxLength: 2,
  }),
  chunkBytes: fc.integer({ min: 1, max: 64 }),
  extension: fc.constantFrom('', '', ';a=b', ';a="b"'),
  trailers: fc.constantFrom('', '', 'x-sum: 1\r\n', 'x-a: b\r\nx-c: d\r\n'),
  reason: fc.constantFrom(' OK', ' ', ' Nicht gefunden \xfc'),
});

/** How it goes over the wire. */
export function wireOf({ status, headers, body, framing, before, chunkBytes, extension, trailers, reason }: Meant) {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  if (framing === 'length') lines.push(`Content-Length:${body.length}`);
  if (framing === 'chunks') lines.push('Transfer-Encoding: Chunked');
  const heads = [...before, [`HTTP/1.1 ${status}${reason}`, ...lines].join('\r\n')];
  const head = Buffer.from(heads.map((head) => `${head}\r\n\r\n`).join(''), 'latin1');
  if (framing !== 'chunks') return Buffer.concat([head, body]);
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes);
    chunks.push(Buffer.from(`${chunk.length.toString(16).toUpperCase()}${extension}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([head, ...chunks, Buffer.from(`0${extension}\r\n${trailers}\r\n`)]);
}

/** Bytes cut at these places. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const within = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const ends = [...within, bytes.length];
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter(({ length }) => length > 0);
}

export const places = fc.array(fc.nat({ max: 2_000 }), { maxLength: 12 });
