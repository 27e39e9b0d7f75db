import { exactJson, invalidField, type InputOf, type OutputOf } from '#libs/kit';
import type { HttpAnswer, HttpClient } from '#libs/outbound';
import { isJsonType, kindOfBytes, kindOfType, mediaTypeOf } from './content-kind.js';
import type { apiCall as declaration } from './operations.js';
import { decodeText } from './page/decode-text.js';
import { shownHeaders } from './shown-headers.js';

/** Also what is decoded and parsed here, beside other calls. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;
const MAX_HEADERS = 50;

type Input = InputOf<typeof declaration>;
type Body = Pick<OutputOf<typeof declaration>, 'bodyType' | 'body'>;

/** Sends a request and answers whatever comes back. */
export async function callApi(http: HttpClient, { url, method, headers, body }: Input, signal: AbortSignal) {
  if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw invalidField('body', `none with ${method}`, 'one');
  }
  if (Object.keys(headers).length > MAX_HEADERS) {
    throw invalidField('headers', `at most ${MAX_HEADERS}`, `${Object.keys(headers).length}`);
  }
  const answer = await http.request({
    url,
    policy: 'open',
    method,
    headers: typeof body === 'string' ? withTextType(headers) : headers,
    ...(typeof body === 'string' ? { body } : { json: body }),
    // one request is promised, whatever comes of it
    idempotent: false,
    maxBytes: MAX_BODY_BYTES,
    signal,
  });
  return {
    url: answer.url.href,
    status: answer.status,
    headers: shownHeaders(answer.headers),
    ...bodyOf(answer),
    bytes: answer.body.length,
  };
}

function withTextType(headers: Record<string, string>): Record<string, string> {
  const isNamed = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return isNamed ? headers : { ...headers, 'content-type': 'text/plain; charset=utf-8' };
}

function bodyOf({ body: bytes, headers }: HttpAnswer): Body {
  if (bytes.length === 0) return { bodyType: 'none', body: null };
  const contentType = headers['content-type'] ?? '';
  const mediaType = mediaTypeOf(contentType);
  if ((kindOfType(mediaType) ?? kindOfBytes(bytes)) === 'binary') return { bodyType: 'binary', body: null };
  const text = decodeText(bytes, contentType);
  const parsed = isJsonType(mediaType) ? parsedJson(text) : undefined;
  return parsed ? { bodyType: 'json', body: parsed.value } : { bodyType: 'text', body: text };
}

function parsedJson(text: string): { value: unknown } | undefined {
  try {
    const value = exactJson(text);
    // what is deeper than the gateway takes itself stays text, and so does what is a text anyway
    return value === text ? undefined : { value };
  } catch {
    return undefined;
  }
}
