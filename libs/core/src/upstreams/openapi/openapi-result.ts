import type { HttpAnswer } from '#libs/outbound';
import type { Params } from '../connection.js';
import { isObject } from './openapi-document.js';

/** What an API answered, as MCP's result of a tool. A status of 400 and above is a failure that the model can read. */
export function resultOf({ status, headers, body }: HttpAnswer): Params {
  const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';', 1);
  const mimeType = type.trim();
  const isError = status >= 400;
  if (body.length === 0) return { content: [text(`The API answered ${status} without a body`)], isError };
  if (!isError && /^(?:image|audio)\//.test(mimeType)) {
    const kind = mimeType.startsWith('image') ? 'image' : 'audio';
    return { content: [{ type: kind, data: body.toString('base64'), mimeType }], isError };
  }
  if (!isText(mimeType)) {
    return { content: [text(`The API answered ${status} with ${body.length} bytes of ${mimeType}`)], isError };
  }
  const said = body.toString('utf8');
  if (isError) return { content: [text(`The API answered ${status}: ${said}`)], isError };
  const value = mimeType.includes('json') ? parsed(said) : undefined;
  return { content: [text(said)], ...(isObject(value) && { structuredContent: value }), isError };
}

function isText(mimeType: string): boolean {
  return mimeType === '' || /^text\/|json|xml|yaml|javascript|x-www-form-urlencoded/.test(mimeType);
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said) as unknown;
  } catch {
    return undefined;
  }
}

function text(said: string) {
  return { type: 'text', text: said };
}
