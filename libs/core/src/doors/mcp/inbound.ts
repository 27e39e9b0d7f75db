import type { IncomingHttpHeaders } from 'node:http';
import { invalidRequest } from '../../errors/protocol-error.js';
import { badEnvelope, headerMismatch, unsupportedVersion } from './mcp-refusal.js';
import { isObject, metaOf, readMessage, type McpMessage, type McpNotification, type McpRequest } from './messages.js';
import { isModern, isSessionRevision, metaKeys, MODERN_REVISION, servedRevisions } from './revisions.js';

/** What a POST brought: one message of the modern revision, or one or more of a session's. */
export type Inbound =
  { era: 'modern'; message: McpRequest | McpNotification } | { era: 'session'; messages: McpMessage[]; batch: boolean };

/** Which member of the params the header `Mcp-Name` repeats. */
const named = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/**
 * Tells the eras apart by the body alone: a request that names its version in `_meta` is modern. Headers never change
 * that; where they disagree with the body the request is refused (2026-07-28, Streamable HTTP).
 */
export function readInbound(body: unknown, headers: IncomingHttpHeaders): Inbound {
  if (Array.isArray(body)) return readBatch(body);
  const message = readMessage(body);
  if (!message) throw invalidRequest('The body is no JSON-RPC 2.0 message');
  if (message.kind === 'response') return { era: 'session', messages: [message], batch: false };

  const header = textOf(headers['mcp-protocol-version']);
  const claim = metaOf(message.params)[metaKeys.protocolVersion];
  if (claim === undefined) {
    if (header === undefined || !isModern(header)) return { era: 'session', messages: [message], batch: false };
    if (message.kind === 'request') refuseWithoutEnvelope(message, header);
    checkMethodHeader(message, headers);
    return { era: 'modern', message };
  }
  if (typeof claim !== 'string') throw badEnvelope(`_meta["${metaKeys.protocolVersion}"] must be a text`);
  if (message.method === 'initialize' && !isModern(claim)) return { era: 'session', messages: [message], batch: false };
  if (header !== undefined && header !== claim) {
    throw headerMismatch(`The body names revision ${claim}, the header MCP-Protocol-Version another one`);
  }
  checkMethodHeader(message, headers);
  if (isSessionRevision(claim)) return { era: 'session', messages: [message], batch: false };
  if (message.kind === 'request') checkModern(message, claim, headers);
  return { era: 'modern', message };
}

function readBatch(body: unknown[]): Inbound {
  if (body.length === 0) throw invalidRequest('The batch is empty');
  const messages = body.map((entry) => {
    const message = readMessage(entry);
    if (!message) throw invalidRequest('The batch holds something that is no JSON-RPC 2.0 message');
    if (message.kind !== 'response' && metaKeys.protocolVersion in metaOf(message.params)) {
      throw invalidRequest(`Revision ${MODERN_REVISION} has no batches; send its requests one by one`);
    }
    return message;
  });
  return { era: 'session', messages, batch: true };
}

/** A version header of the modern revision alone makes no modern request: its `_meta` is required. */
function refuseWithoutEnvelope({ method, params }: McpRequest, header: string): never {
  if (method === 'initialize') {
    throw headerMismatch(`initialize belongs to earlier revisions than MCP-Protocol-Version ${header}`);
  }
  const keys = [metaKeys.protocolVersion, metaKeys.clientCapabilities].filter((key) => !(key in metaOf(params)));
  const missing = isObject(params._meta) ? keys : ['_meta'];
  throw badEnvelope(`A request of revision ${header} needs ${missing.join(' and ')} in its params`, {
    envelope: { missing },
  });
}

function checkModern(message: McpRequest, revision: string, headers: IncomingHttpHeaders): void {
  const meta = metaOf(message.params);
  if (!isObject(meta[metaKeys.clientCapabilities])) {
    throw badEnvelope(`_meta["${metaKeys.clientCapabilities}"] must be an object`, {
      envelope: { missing: [metaKeys.clientCapabilities] },
    });
  }
  if (meta[metaKeys.clientInfo] !== undefined && !isObject(meta[metaKeys.clientInfo])) {
    throw badEnvelope(`_meta["${metaKeys.clientInfo}"] must be an object`);
  }
  if (revision !== MODERN_REVISION) {
    throw unsupportedVersion(`Revision ${revision} is not served here`, {
      supported: [...servedRevisions],
      requested: revision,
    });
  }
  for (const name of ['mcp-protocol-version', 'mcp-method'] as const) {
    if (headers[name] === undefined) throw headerMismatch(`The header ${name} is missing`);
  }
  checkNameHeader(message, textOf(headers['mcp-name']));
}

function checkMethodHeader({ method }: McpRequest | McpNotification, headers: IncomingHttpHeaders): void {
  const header = textOf(headers['mcp-method']);
  if (header !== undefined && header !== method) throw headerMismatch(`The body calls ${method}, Mcp-Method does not`);
}

/** The tool is always taken from the body; a header that says otherwise is an attempt to pass some gate. */
function checkNameHeader({ method, params }: McpRequest, header: string | undefined): void {
  const member = named.get(method);
  const value = member === undefined ? undefined : params[member];
  if (typeof value !== 'string') return;
  if (header === undefined) throw headerMismatch('The header Mcp-Name is missing');
  if (decodeHeaderValue(header) !== value) throw headerMismatch(`Mcp-Name differs from params.${member}`);
}

const ENCODED = /^=\?base64\?(.*)\?=$/;

/** Texts that no header can hold come in base64 between `=?base64?` and `?=`; undefined when that is malformed. */
export function decodeHeaderValue(header: string): string | undefined {
  const encoded = header.startsWith('=?') ? ENCODED.exec(header)?.[1] : undefined;
  if (encoded === undefined) return header;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.toString('base64') === encoded ? bytes.toString() : undefined;
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header?.trim();
}
