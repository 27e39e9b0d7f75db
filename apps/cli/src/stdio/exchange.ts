import { SdkHttpError, type JSONRPCMessage, type StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { failureOf, isRequest, standsAlone, type Id, type Message, type Request } from './messages.js';
import { MirroredArguments } from './mirrored-arguments.js';

/** The gateway's own code for what can't be reached. */
const UNAVAILABLE = -32016;

interface Open {
  readonly request: Request;
  /** Ends the stream of a request that stands alone, which is how it is cancelled over HTTP. */
  readonly abort: AbortController;
}

/**
 * One client's conversation with the gateway. Every request of the client is answered, whatever happens to the connection;
 * a session that the gateway has lost is opened anew without the client.
 */
export class Exchange {
  private readonly open = new Map<Id, Open>();
  private readonly mirrored = new MirroredArguments();
  private initialize: Request | undefined;
  /** What others have to wait for: a session that opens. */
  private gate: Promise<unknown> = Promise.resolve();
  private reopening: Promise<void> | undefined;
  private reopened = 0;
  private idle: () => void = () => undefined;

  constructor(
    private readonly transport: StreamableHTTPClientTransport,
    private readonly write: (message: Message) => void,
    private readonly tell: (problem: string) => void,
  ) {}

  async start(): Promise<void> {
    this.transport.onmessage = (message) => this.fromGateway(message);
    this.transport.onerror = (error) => this.tell(error.message);
    await this.transport.start();
  }

  fromClient(message: Message): void {
    const { method, params } = message;
    if (method === 'notifications/cancelled' && this.cancelAlone(params?.requestId as Id)) return;
    if (!isRequest(message)) {
      void this.send(message).catch(() => undefined); // told by onerror; nobody waits for it
      return;
    }
    if (method === 'initialize') this.initialize = message;
    void this.ask(message);
  }

  /** The session is gone: what was asked in it gets no answer any more. */
  sessionLost(): void {
    for (const [id, { request }] of this.open) {
      if (!standsAlone(request) && request.method !== 'initialize')
        this.fail(id, 'The gateway has lost the session; the call may have run');
    }
    void this.reopen().catch(() => undefined);
  }

  /** Waits for the answers of what still runs, for so long, and ends the session. */
  async finish(patienceMs: number): Promise<void> {
    if (this.open.size > 0 && patienceMs > 0) {
      await new Promise<void>((resolve) => {
        this.idle = resolve;
        setTimeout(resolve, patienceMs).unref();
      });
    }
    await this.transport.terminateSession().catch(() => undefined);
    await this.transport.close();
  }

  private async ask(request: Request): Promise<void> {
    const abort = new AbortController();
    this.open.set(request.id, { request, abort });
    try {
      await this.send(request, abort.signal);
    } catch (error) {
      const failure = answerIn(error, request.id);
      if (failure) this.settle(request.id, failure);
      else this.fail(request.id, reasonOf(error));
    }
  }

  /** In a session its opening comes before all else, also where a client does not wait for it. */
  private async send(message: Message, requestSignal?: AbortSignal): Promise<void> {
    const before = this.gate;
    const sent = before.then(() => this.sendNow(message, requestSignal));
    if (message.method === 'initialize' || message.method === 'notifications/initialized') {
      this.gate = sent.catch(() => undefined);
    }
    await sent;
  }

  private async sendNow(message: Message, requestSignal?: AbortSignal): Promise<void> {
    await this.reopening;
    const options = {
      ...(requestSignal && { requestSignal }),
      ...(message.method === 'tools/call' &&
        standsAlone(message) && { headers: this.mirrored.headersOf(message.params ?? {}) }),
      ...(isRequest(message) && {
        onRequestStreamEnd: () => this.fail(message.id, 'The connection broke; the call may have run'),
      }),
    };
    try {
      await this.transport.send(message as JSONRPCMessage, options);
    } catch (error) {
      if (!isLostSession(error) || standsAlone(message) || !this.initialize || message.method === 'initialize')
        throw error;
      // a session that is not known any more has not run it
      await this.reopen();
      await this.transport.send(message as JSONRPCMessage, options);
    }
  }

  /** By the client's own words, once for all that notice the loss. */
  private reopen(): Promise<void> {
    const { initialize } = this;
    if (!initialize) return Promise.resolve();
    this.reopening ??= (async () => {
      this.reopened += 1;
      this.tell('The gateway has lost the session; opening another one');
      await this.transport.send({ ...initialize, id: `reopened-${this.reopened}` });
      await this.transport.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    })().finally(() => (this.reopening = undefined));
    return this.reopening;
  }

  private fromGateway(message: Message): void {
    const { id, result } = message;
    if (message.method !== undefined || id === undefined || id === null) {
      this.write(message);
      return;
    }
    if (this.reopening && id === `reopened-${this.reopened}`) return;
    const method = this.open.get(id)?.request.method;
    if (method === 'tools/list') this.mirrored.learn(result?.tools);
    if (method === 'initialize' && typeof result?.protocolVersion === 'string') {
      this.transport.setProtocolVersion(result.protocolVersion);
    }
    this.settle(id, message);
  }

  /** Whether it was a request that stands alone: its stream ends, and no answer comes. */
  private cancelAlone(id: Id): boolean {
    const asked = this.open.get(id);
    if (!asked || !standsAlone(asked.request)) return false;
    this.open.delete(id);
    asked.abort.abort();
    return true;
  }

  private fail(id: Id, message: string): void {
    if (this.open.has(id)) this.settle(id, failureOf(id, UNAVAILABLE, message));
  }

  private settle(id: Id, answer: Message): void {
    this.open.delete(id);
    this.write(answer);
    if (this.open.size === 0) this.idle();
  }
}

function isLostSession(error: unknown): boolean {
  return error instanceof SdkHttpError && error.data.status === 404;
}

/** The gateway's own refusal, where it sent one in the shape of JSON-RPC. */
function answerIn(error: unknown, id: Id): Message | undefined {
  const text = error instanceof SdkHttpError ? error.data.text : undefined;
  if (typeof text !== 'string') return undefined;
  try {
    const { error: refused } = JSON.parse(text) as Message;
    return refused && typeof refused.code === 'number' ? { jsonrpc: '2.0', id, error: refused } : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof SdkHttpError) return `The gateway answered ${error.data.status}`;
  return 'The gateway can’t be reached; is it running, and is MCP_GATEWAY_URL right?';
}
