import { OperationError } from '#libs/kit';
import { AnswerLostError, BriefMap, type CancelSignal } from '#libs/outbound';
import { INTERNAL_ERROR, UpstreamError, type ClientSide, type Params, type RequestOptions } from './connection.js';
import type { Turns } from './turns.js';

interface Waiting {
  /** The tool that is called, where one is. */
  readonly tool: string | undefined;
  readonly client: ClientSide | undefined;
  /** The client's own token, which the upstream never sees: two clients may use the same. */
  readonly progressToken: unknown;
  readonly resolve: (result: Params) => void;
  readonly reject: (error: Error) => void;
  readonly signal: CancelSignal;
  /** Listens to it. */
  readonly abort: () => void;
  /** Questions of this call that wait for their answer. */
  open: number;
}

/** What the upstream asks. */
interface Question {
  readonly id: string | number;
  readonly method: string;
  readonly params: Params;
}

/** Questions of one call that may wait for its client at once. */
const MAX_OPEN_QUESTIONS = 16;

/** One message, in either direction. */
export interface Message {
  id?: string | number;
  method?: string;
  params?: Params;
  result?: Params;
  error?: { code: number; message: string; data?: unknown };
}

type Send = (message: Message & { jsonrpc: '2.0' }, options?: RequestOptions) => void;

type NotificationListener = (method: string, params: Params) => void;

const METHOD_NOT_FOUND = -32601;

/**
 * Our side of a JSON-RPC conversation with an MCP server: gives every request an id of its own, whatever id its client
 * used, and brings back what belongs to it.
 */
export class Peer {
  private readonly waiting = new BriefMap<number, Waiting>();
  private readonly listeners: NotificationListener[] = [];
  private lastId = 0;
  private failure: Error | undefined;
  /** Questions of which it is not clear yet whose they are. */
  private held: Question[] = [];

  /**
   * `send` writes one message, a request with its options; whatever it throws fails the request. With `turns` a question
   * that could be that of several calls waits until it is clear whose it is.
   */
  constructor(
    private readonly send: Send,
    private readonly turns?: Turns,
  ) {}

  onNotification(listener: NotificationListener): void {
    this.listeners.push(listener);
  }

  request(method: string, params: Params, options: RequestOptions): Promise<Params> {
    const { signal, client } = options;
    if (this.failure) return Promise.reject(this.failure);
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = () => this.cancel(id);
      signal.addEventListener('abort', abort);
      const meta = metaOf(params);
      const { progressToken } = meta;
      const tool = toolOf(method, params);
      this.waiting.set(id, { tool, client, progressToken, signal, open: 0, resolve, reject, abort });
      const sent = progressToken === undefined ? params : { ...params, _meta: { ...meta, progressToken: id } };
      try {
        this.send({ jsonrpc: '2.0', id, method, params: sent }, options);
      } catch (error) {
        this.failRequest(id, error as Error);
      }
    });
  }

  notify(method: string, params: Params): void {
    this.tell(method, params);
  }

  /**
   * Takes a message that came from the upstream; what is no message of MCP is dropped. `callId` is the request on whose
   * own stream it came, where the transport has such: what is asked there is asked of that request's client.
   */
  receive(message: Message, callId?: number): void {
    // whatever it is, nobody could answer it
    if (typeof message !== 'object' || message === null) return;
    if (message.method !== undefined && typeof message.method !== 'string') return;
    if (message.method === undefined) this.settle(message);
    else if (message.id === undefined) this.notified(message.method, message.params ?? {}, callId);
    else void this.asked(message.id, message.method, message.params ?? {}, callId);
  }

  isWaiting(id: number): boolean {
    return this.waiting.has(id);
  }

  /** Ends one request that can have no answer any more. */
  failRequest(id: number, error: Error): void {
    this.forget(id)?.reject(error);
  }

  /** Ends everything that waits, which may have been done, and all that would come after. */
  fail(error: Error): void {
    const isAway = error instanceof OperationError && error.kind === 'unavailable';
    this.end(error, isAway ? new AnswerLostError(error.message, error.details) : error);
  }

  /** The same with an error for what waits and one for what would come after. */
  end(error: Error, ofWaiting: Error): void {
    this.failure = error;
    this.held = [];
    for (const id of this.waiting.keys()) this.forget(id)?.reject(ofWaiting);
    this.turns?.hold(false);
  }

  private settle({ id, result, error }: Message): void {
    const waiting = typeof id === 'number' ? this.forget(id) : undefined;
    if (!waiting) return;
    if (error) waiting.reject(UpstreamError.of(error));
    else waiting.resolve(result ?? {});
  }

  private notified(method: string, params: Params, callId: number | undefined): void {
    if (method === 'notifications/progress') {
      const waiting = typeof params.progressToken === 'number' ? this.waiting.get(params.progressToken) : undefined;
      waiting?.client?.notify(method, { ...params, progressToken: waiting.progressToken });
      return;
    }
    if (method === 'notifications/message') {
      this.asker(callId)?.client?.notify(method, params);
      return;
    }
    for (const listener of this.listeners) listener(method, params);
  }

  private async asked(id: string | number, method: string, params: Params, callId: number | undefined): Promise<void> {
    if (method === 'ping') {
      this.trySend({ jsonrpc: '2.0', id, result: {} });
    } else if (callId === undefined && this.turns) {
      this.held.push({ id, method, params });
      this.handOut();
    } else {
      await this.put({ id, method, params }, this.asker(callId), callId !== undefined);
    }
  }

  /** Has the client of a call answer a question. */
  private async put({ id, method, params }: Question, waiting: Waiting | undefined, isOnOwn = false): Promise<void> {
    if (!waiting?.client) {
      const message = `No client can be asked for ${method.slice(0, 80)} here`;
      this.trySend({ jsonrpc: '2.0', id, error: { code: METHOD_NOT_FOUND, message } });
      return;
    }
    if (waiting.open >= MAX_OPEN_QUESTIONS) {
      const message = `More than ${MAX_OPEN_QUESTIONS} questions of one call are open`;
      this.trySend({ jsonrpc: '2.0', id, error: { code: INTERNAL_ERROR, message } });
      return;
    }
    this.turns?.learn(waiting.tool, isOnOwn);
    waiting.open += 1;
    try {
      const result = await waiting.client.ask(method, params, waiting.signal);
      this.trySend({ jsonrpc: '2.0', id, result });
    } catch (error) {
      this.trySend({ jsonrpc: '2.0', id, error: errorFor(error) });
    } finally {
      waiting.open -= 1;
      this.handOut();
    }
  }

  /** Gives each question to its call, as far as that is clear; until then no call comes in. */
  private handOut(): void {
    for (let question = this.held[0]; question; question = this.held[0]) {
      const calls = this.waiting.values();
      const waiting = this.whoMayAsk(calls);
      if (!waiting && calls.length > 0) break;
      this.held.shift();
      void this.put(question, waiting);
    }
    this.turns?.hold(this.held.length > 0);
  }

  /**
   * The only call of a tool that is known to ask, which may ask several things at once, or the only one that could have
   * asked. Where each has a question and so none of them can end, servers have asked in the order of the calls.
   */
  private whoMayAsk(calls: readonly Waiting[]): Waiting | undefined {
    const known = calls.filter(({ tool }) => this.turns?.asks(tool));
    if (known.length === 1) return known[0];
    const silent = calls.filter(({ open }) => open === 0);
    const possible = silent.length > 0 ? silent : calls;
    return possible.length <= this.held.length ? possible[0] : undefined;
  }

  /** Whom the upstream means. On a stream that all share this is only certain while one call runs. */
  private asker(callId: number | undefined): Waiting | undefined {
    if (callId !== undefined) return this.waiting.get(callId);
    const [first, ...others] = this.waiting.values();
    return others.length === 0 ? first : undefined;
  }

  /** Ends a request that its caller does not want any more. */
  private cancel(id: number): void {
    const waiting = this.forget(id);
    if (!waiting) return;
    const { reason } = waiting.signal as { reason: Error };
    this.tell('notifications/cancelled', { requestId: id, reason: reason.message });
    waiting.reject(reason);
  }

  /** Takes a request out of those that wait; whoever calls this settles it. */
  private forget(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    if (!waiting) return undefined;
    this.waiting.delete(id);
    waiting.signal.removeEventListener('abort', waiting.abort);
    if (this.held.length > 0) this.handOut();
    return waiting;
  }

  private tell(method: string, params: Params): void {
    this.trySend({ jsonrpc: '2.0', method, params });
  }

  /** For what nobody waits for: a connection that is gone tells so elsewhere. */
  private trySend(message: Parameters<Send>[0]): void {
    try {
      this.send(message);
    } catch {
      // the connection's end rejects whatever waits
    }
  }
}

function errorFor(error: unknown) {
  const { code, message, data } = error as { code?: unknown; message?: string; data?: unknown };
  return {
    code: typeof code === 'number' ? code : INTERNAL_ERROR,
    message:
      error instanceof OperationError || typeof code === 'number' ? String(message) : 'The client did not answer',
    ...(data !== undefined && { data }),
  };
}

/** The tool that a request calls, where it calls one. */
export function toolOf(method: string, { name }: Params): string | undefined {
  return method === 'tools/call' && typeof name === 'string' ? name : undefined;
}

function metaOf({ _meta }: Params): Params {
  return typeof _meta === 'object' && _meta !== null ? (_meta as Params) : {};
}
