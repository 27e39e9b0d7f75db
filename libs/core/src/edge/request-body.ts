import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { HttpRequest } from '#libs/kit';
import { invalidRequest, tooLarge } from '../errors/protocol-error.js';

const inflaters = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** Whether a request carries a body, by the headers that announce one. */
export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return (
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && headers['content-length'] !== '0')
  );
}

/** Whether a request has a body to read, or claims a type for one that is empty, as a browser's form does. */
export function bringsBody(request: IncomingMessage): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  return hasBody(request) || request.headers['content-type'] !== undefined;
}

/** Refuses everything but JSON in UTF-8: a type that a browser's form can send never reaches a tool. */
export function requireJson(request: HttpRequest): void {
  const type = request.headers['content-type'];
  if (type === 'application/json') return;
  const [media = '', ...parameters] = (type ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (media !== 'application/json' || (charset !== undefined && !/^"?utf-?8"?$/.test(charset))) {
    throw invalidRequest('The body must be JSON: send Content-Type: application/json', 415);
  }
}

/** Takes a form, and nothing but its bytes as they are: what signs them was computed over those. */
export function requireForm({ headers }: IncomingMessage): void {
  const [media = ''] = (headers['content-type'] ?? '').split(';');
  if (media.trim().toLowerCase() === FORM && headers['content-encoding'] === undefined) return;
  throw invalidRequest(`The body must be a form: send Content-Type: ${FORM}, without Content-Encoding`, 415);
}

const FORM = 'application/x-www-form-urlencoded';

/**
 * Reads the whole body, inflated. Bytes are counted as they come, before and after inflating: 165 bytes can hold 100 MiB,
 * and endless ones nothing. Rejects when the client leaves midway.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const limit = () => tooLarge(`it has more than ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(limit());

  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const inflater = inflaters.get(encoding)?.();
  if (!inflater && encoding !== 'identity') {
    return Promise.reject(invalidRequest('Content-Encoding must be gzip, deflate, br or identity', 415));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let received = 0;
    const source = inflater ? request.pipe(inflater) : request;
    const refuse = (error: Error) => {
      source.off('data', take);
      request.off('data', count);
      if (inflater) request.unpipe(inflater);
      inflater?.destroy();
      reject(error);
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) refuse(limit());
      else chunks.push(chunk);
    };
    const count = (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxBytes) refuse(limit());
    };
    source.on('data', take);
    if (inflater) request.on('data', count);
    source.on('end', () => {
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
    });
    request.on('error', refuse);
    inflater?.once('error', () => {
      refuse(invalidRequest(`The body is not valid ${encoding}`));
    });
  });
}
