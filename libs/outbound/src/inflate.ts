import { once } from 'node:events';
import { pipeline, Transform, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { OperationError } from '#libs/kit';
import { outboundError, tooLarge } from './outbound-errors.js';

/** The encodings that are asked for, and undone. */
export const ACCEPT_ENCODING = 'gzip, deflate, br';
const MAX_ENCODINGS = 3;

type Encoding = 'gzip' | 'deflate' | 'br';
const known = new Map<string, Encoding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
]);

const inflateAll = {
  gzip: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip),
  br: promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress),
  zlib: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate),
  raw: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw),
};
const inflaters = {
  gzip: () => zlib.createGunzip(),
  br: () => zlib.createBrotliDecompress(),
  zlib: () => zlib.createInflate(),
  raw: () => zlib.createInflateRaw(),
};

/** What to undo, in this order. Throws `failed` for an encoding that is not known here. */
export function encodingsOf(header: string | string[] | undefined, who: string): Encoding[] {
  if (header === undefined) return [];
  const words = String(header)
    .toLowerCase()
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '' && word !== 'identity');
  const encodings = words.flatMap((word) => known.get(word) ?? []).reverse();
  if (encodings.length < words.length || words.length > MAX_ENCODINGS) {
    throw new OperationError('failed', `${who} answered in an encoding that was not asked for`);
  }
  return encodings;
}

/** Inflates a body that is there. Rejects with `failed` past `maxBytes`, whatever it would have become. */
export async function inflated(body: Buffer, encodings: Encoding[], maxBytes: number, who: string): Promise<Buffer> {
  let bytes = body;
  for (const encoding of encodings) {
    if (bytes.length === 0) return bytes;
    try {
      bytes = await inflateAll[formatOf(encoding, bytes)](bytes, { maxOutputLength: maxBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(who, maxBytes);
      throw outboundError(error, who);
    }
  }
  return bytes;
}

/** Inflates a body as it comes in, and ends it past `maxBytes`. */
export async function inflating(
  raw: Readable,
  encodings: Encoding[],
  maxBytes: number,
  who: string,
): Promise<Readable> {
  let stream = raw;
  for (const encoding of encodings) {
    const first = encoding === 'deflate' ? await firstChunk(stream) : undefined;
    stream = pipeline(stream, inflaters[formatOf(encoding, first)](), () => undefined);
  }
  if (stream === raw && maxBytes === Infinity) return raw;
  return pipeline(stream, new Cap(maxBytes, who), () => undefined);
}

/** Servers mean two formats by `deflate`: with zlib's header, as RFC 9110 says, and without. */
function formatOf(encoding: Encoding, start: Buffer | undefined): keyof typeof inflaters {
  if (encoding !== 'deflate') return encoding;
  return ((start?.[0] ?? 0x08) & 0x0f) === 0x08 ? 'zlib' : 'raw';
}

async function firstChunk(stream: Readable): Promise<Buffer | undefined> {
  await once(stream, 'readable');
  const chunk = stream.read() as Buffer | null;
  if (chunk) stream.unshift(chunk);
  return chunk ?? undefined;
}

/** Passes on so many bytes; its errors, and those of the streams before it, are OperationErrors. */
class Cap extends Transform {
  private bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly who: string,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error?: Error, chunk?: Buffer) => void): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) done(tooLarge(this.who, this.maxBytes));
    else done(undefined, chunk);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error && outboundError(error, this.who));
  }
}
