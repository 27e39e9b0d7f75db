import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '#libs/kit';
import { abortable } from './abortable.js';
import { UpstreamError, type Params, type RequestOptions } from './connection.js';
import type { Peer } from './peer.js';

export const MODERN_REVISION = '2026-07-28';
const NEWEST_SESSION_REVISION = '2025-11-25';
const servedRevisions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];
const clientInfo = { name: 'mcp-gateway', version: '1' };

/** How often a server may answer a call with another question before it is given up. */
const MAX_ROUNDS = 20;
/** Before the next round with a server that asks for nothing but patience. */
const BUSY_MS = 100;

/** What a connection and its server have agreed on, and how its requests are then put. */
export interface Handshake {
  readonly revision: string;
  readonly capabilities: Params;
  readonly serverInfo: Params;
  readonly instructions: string | undefined;
  request(method: string, params: Params, options: RequestOptions): Promise<Params>;
}

export type Send = (method: string, params: Params, options: RequestOptions) => Promise<Params>;

/** The server was reached, and there is no way to talk to it. */
export class NoCommonRevision extends OperationError {
  constructor() {
    super('unavailable', 'The server speaks no revision of MCP that the gateway knows');
  }
}

/**
 * Opens a conversation over a connection that carries everything, such as a process's pipes. `initialize` comes first,
 * since older servers answer nothing before it; one that knows only requests that stand alone refuses it.
 */
export async function handshake(peer: Peer, clientCapabilities: Params, signal: AbortSignal): Promise<Handshake> {
  const send: Send = (method, params, options) => peer.request(method, params, options);
  try {
    const agreed = await initialize(send, clientCapabilities, signal);
    peer.notify('notifications/initialized', {});
    return agreed;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return discover(send, clientCapabilities, signal);
  }
}

/** Agrees with a server of the revisions with sessions, which is then to be told `notifications/initialized`. */
export async function initialize(send: Send, clientCapabilities: Params, signal: AbortSignal): Promise<Handshake> {
  const hello = { protocolVersion: NEWEST_SESSION_REVISION, capabilities: clientCapabilities, clientInfo };
  const result = await send('initialize', hello, { signal });
  const { protocolVersion, capabilities, serverInfo, instructions } = result;
  if (typeof protocolVersion !== 'string' || !servedRevisions.includes(protocolVersion)) {
    throw new NoCommonRevision();
  }
  return {
    revision: protocolVersion,
    capabilities: objectOr(capabilities),
    serverInfo: objectOr(serverInfo),
    instructions: typeof instructions === 'string' ? instructions : undefined,
    request: send,
  };
}

/** Agrees with a server whose requests stand alone (2026-07-28). */
export async function discover(send: Send, clientCapabilities: Params, signal: AbortSignal): Promise<Handshake> {
  const request: Send = (method, params, options) => askUntilDone(send, method, params, options, clientCapabilities);
  const result = await request('server/discover', {}, { signal });
  const { supportedVersions, capabilities, instructions, _meta } = result;
  if (!Array.isArray(supportedVersions) || !supportedVersions.includes(MODERN_REVISION)) {
    throw new NoCommonRevision();
  }
  return {
    revision: MODERN_REVISION,
    capabilities: objectOr(capabilities),
    serverInfo: objectOr(objectOr(_meta)['io.modelcontextprotocol/serverInfo']),
    instructions: typeof instructions === 'string' ? instructions : undefined,
    request,
  };
}

/** A request that stands alone: says what its client can do, and brings what the server asks for in another round. */
async function askUntilDone(
  send: Send,
  method: string,
  params: Params,
  options: RequestOptions,
  clientCapabilities: Params,
): Promise<Params> {
  const capabilities = options.client?.capabilities ?? clientCapabilities;
  let again: Params = {};
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const _meta = { ...objectOr(params._meta), ...envelope(capabilities) };
    const result = await send(method, { ...params, ...again, _meta }, options);
    if (result.resultType !== 'input_required') return result;
    const requests = objectOr(result.inputRequests);
    const asks = Object.keys(requests).length > 0;
    if (!asks) await abortable(sleep(BUSY_MS), options.signal);
    again = {
      ...(asks && { inputResponses: await answersTo(requests, options) }),
      ...(result.requestState !== undefined && { requestState: result.requestState }),
    };
  }
  throw new OperationError('failed', `The upstream asked more than ${MAX_ROUNDS} times before it answered`);
}

async function answersTo(requests: Params, { client, signal }: RequestOptions): Promise<Params> {
  if (!client) throw new OperationError('failed', 'The upstream asks for something, and there is no client to answer');
  const answered = Object.entries(requests).map(async ([key, request]) => {
    const { method, params } = objectOr(request);
    return [key, await client.ask(String(method), objectOr(params), signal, key)] as const;
  });
  return Object.fromEntries(await Promise.all(answered));
}

/** What every request of 2026-07-28 carries in `_meta`. */
export function envelope(capabilities: Params): Params {
  return {
    'io.modelcontextprotocol/protocolVersion': MODERN_REVISION,
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
}

function objectOr(value: unknown): Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Params) : {};
}
