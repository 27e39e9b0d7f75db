import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '#libs/kit';
import { AnswerLostError, type CancelSignal, type OpenAnswer } from '#libs/outbound';
import { abortable } from './abortable.js';
import { UpstreamError } from './connection.js';
import { MAX_MESSAGE_BYTES, MessageTooLong, readEvents, type StreamPosition } from './event-reader.js';
import { RefusedByStatus, type HttpAddress } from './http-address.js';
import { messagesOf } from './message-text.js';
import type { Message } from './peer.js';

/** What every message is posted with. */
export const posted = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const DEFAULT_RETRY_MS = 1_000;
const SHORTEST_RETRY_MS = 100;
/** How often a stream that broke off is taken up again without anything new coming of it. */
const MAX_RESUMPTIONS = 5;
/** What a server may take to end a stream after its answer; then the connection is closed. */
const LINGER_MS = 500;

const soon = { retryable: true, retryAfterMs: 1_000 };

/** The server knows the session no more, and has not taken the request. */
export class SessionLost extends OperationError {
  constructor(name: string) {
    super('unavailable', sessionLost(name), soon);
  }
}

/** The same of a request that the server had taken: it may have been done. */
export class SessionLostMidway extends AnswerLostError {
  constructor(name: string) {
    super(sessionLost(name), soon);
  }
}

export function isSessionLost(error: unknown): boolean {
  return error instanceof SessionLost || error instanceof SessionLostMidway;
}

function sessionLost(name: string): string {
  return `The upstream ${name} has lost the session; it is opened again. Retry soon.`;
}

interface Exchange {
  readonly name: string;
  readonly id: number;
  readonly address: HttpAddress;
  /** Of the request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: CancelSignal;
  /** In a session, a stream that broke off can be taken up again. */
  readonly inSession: boolean;
  onHead(answer: OpenAnswer): void;
  receive(message: Message): void;
  isWaiting(): boolean;
}

/** Reads what comes of one request, until its answer is there. Rejects where none can come any more. */
export async function readAnswer(answer: OpenAnswer, one: Exchange): Promise<void> {
  const { name, address, signal } = one;
  try {
    if (answer.status >= 400) throw await refusal(one, answer);
    one.onHead(answer);
    if (isEventStream(answer.status, answer.headers)) await readStream(one, answer);
    else takeMessages(name, String(await answer.whole(MAX_MESSAGE_BYTES)), (message) => one.receive(message));
  } catch (error) {
    answer.drop();
    throw error instanceof Error && error.name === 'Error' ? brokeOff(name) : address.namedError(error, signal);
  }
  if (one.isWaiting()) throw noMessage(name);
}

export function isEventStream(status: number, headers: IncomingHttpHeaders): boolean {
  // a list where it was sent twice
  const type: unknown = headers['content-type'];
  return status === 200 && typeof type === 'string' && type.toLowerCase().startsWith('text/event-stream');
}

/** Hands over what a whole answer holds. Throws `failed` where that is no message. */
export function takeMessages(name: string, body: string, receive: (message: Message) => void): void {
  const messages = messagesOf(body);
  if (messages === undefined) {
    throw new OperationError('failed', `The upstream ${name} answered with something that is no message of MCP`);
  }
  for (const message of messages) receive(message);
}

/** It has ended without an answer to the request. */
export function noMessage(name: string): OperationError {
  return new OperationError('failed', `The upstream ${name} sent no answer`);
}

async function readStream(one: Exchange, first: OpenAnswer): Promise<void> {
  const position: StreamPosition = { lastEventId: undefined, retryMs: undefined };
  let stream: OpenAnswer | undefined = first;
  for (let fruitless = 0; fruitless <= MAX_RESUMPTIONS; fruitless += 1) {
    const from = position.lastEventId;
    if (stream) await readUntilEnd(one, stream, position);
    if (!one.isWaiting()) return;
    if (!one.inSession || position.lastEventId === undefined) break;
    if (position.lastEventId !== from) fruitless = 0;
    await abortable(sleep(retryMsOf(position), undefined, { ref: false }), one.signal);
    stream = await resumed(one, position.lastEventId);
  }
  throw brokeOff(one.name);
}

/** What a server asks for, but for one that would be asked without end. */
function retryMsOf({ retryMs = DEFAULT_RETRY_MS }: StreamPosition): number {
  return Math.max(retryMs, SHORTEST_RETRY_MS);
}

async function readUntilEnd(one: Exchange, answer: OpenAnswer, position: StreamPosition): Promise<void> {
  let linger: NodeJS.Timeout | undefined;
  try {
    const body = await answer.stream();
    await readEvents(body, position, ({ data }) => {
      // what is no message on a stream is dropped
      for (const message of messagesOf(data) ?? []) one.receive(message);
      if (!one.isWaiting()) linger ??= setTimeout(() => body.destroy(), LINGER_MS).unref();
    });
  } catch (error) {
    if (error instanceof MessageTooLong) throw error;
  } finally {
    clearTimeout(linger);
  }
}

/** The rest of a stream. Undefined where the server can't be reached just now; rejects where it will not. */
async function resumed(one: Exchange, lastEventId: string): Promise<OpenAnswer | undefined> {
  const { 'content-type': _, ...others } = one.headers;
  const headers = { ...others, accept: 'text/event-stream', 'last-event-id': lastEventId };
  try {
    const stream = await one.address.open({ method: 'GET', headers, signal: one.signal });
    if (isEventStream(stream.status, stream.headers)) return stream;
    stream.drop();
    if (stream.status === 404) throw new SessionLostMidway(one.name);
    if (stream.status < 500) throw brokeOff(one.name);
  } catch (error) {
    if (error instanceof OperationError && error.details.retryable === true && !isFinal(error)) return undefined;
    throw error;
  }
  return undefined;
}

function isFinal(error: OperationError): boolean {
  return isSessionLost(error) || error instanceof BrokenOff;
}

/** What an answer of 400 and above means: the server's own error where it says one, else its status. */
async function refusal(one: Exchange, answer: OpenAnswer): Promise<Error> {
  const { status } = answer;
  const { error, id } = errorIn(messagesOf(String(await answer.whole(MAX_MESSAGE_BYTES).catch(() => ''))));
  const isAboutSession = status === 400 && id !== one.id && /session/i.test(error?.message ?? '');
  if (one.inSession && (status === 404 || isAboutSession)) {
    return new SessionLost(one.name);
  }
  const isOwn = error && (id === one.id || (status < 500 && status !== 429));
  if (!isOwn || status === 401 || status === 403) return new RefusedByStatus(one.name, status);
  return error;
}

function errorIn([message, ...others]: readonly Message[] = []): { id?: Message['id']; error?: UpstreamError } {
  if (!message || others.length > 0) return {};
  const { id, error } = message;
  const isError = typeof error?.code === 'number' && typeof error.message === 'string';
  return { ...(id !== undefined && { id }), ...(isError && { error: UpstreamError.of(error) }) };
}

class BrokenOff extends AnswerLostError {}

function brokeOff(name: string): OperationError {
  return new BrokenOff(`The upstream ${name} broke off in the middle of its answer`, { retryable: true });
}
