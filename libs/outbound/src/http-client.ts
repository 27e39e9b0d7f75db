import { Injectable } from '@nestjs/common';
import { currentTraceparent, isTraced, OperationError, withinSpan, isUrl } from '#libs/kit';
import { Deadline } from './deadline.js';
import { Exchange } from './exchange.js';
import { HttpAnswer } from './http-answer.js';
import {
  firstHop,
  isWhole,
  messageHop,
  nextHop,
  notFollowed,
  policyAfter,
  redirectTarget,
  type Hop,
  type HttpMessage,
  type HttpRequest,
} from './http-request.js';
import { MessageExchange, told, type MessageListener, type SentMessage } from './message-exchange.js';
import { OpenAnswer } from './open-answer.js';
import { OriginPools } from './origin-pools.js';
import { isLostConnection, outboundError } from './outbound-errors.js';
import { OutboundSettings } from './outbound.settings.js';
import { isPassing, MAX_RETRIES, waitBefore } from './retries.js';
import { UrlGuard } from './url-guard.js';

const MAX_REDIRECTS = 5;
const MAX_BYTES = 10 * 1024 * 1024;
const OPEN_BODY_TIMEOUT_MS = 300_000;
const messageMethods = new Set(['GET', 'POST', 'DELETE']);

/** What a request of either kind takes. */
interface Limits {
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly redirects: number;
}

/**
 * Every HTTP request that the gateway sends. It goes where the guard lets it, over connections that are kept, and sends
 * nothing but what it is given. An answer is one whatever its status; what is none rejects with an OperationError:
 * `invalid` for a request that can't be sent, `unavailable` where the other side can't be reached, `deadline` where it is
 * too slow, `failed` for a target that is refused or an answer that is too large.
 */
@Injectable()
export class HttpClient {
  constructor(
    private readonly settings: OutboundSettings,
    private readonly guard: UrlGuard,
    private readonly pools: OriginPools,
  ) {}

  /** Sends a request and reads the whole answer. */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const hop = firstHop(request, this.guard.inspect(request.url, request.policy));
    return withinSpan(nameOf(hop), attributesOf(hop), async () => {
      const answer = await this.answerTo(request, hop, 0);
      const { status, headers, url } = answer;
      showHead(request, answer);
      return new HttpAnswer(status, headers, url, await answer.whole(request.maxBytes ?? MAX_BYTES));
    });
  }

  /** Sends a request and answers as soon as the head is there; the body is read, or dropped, by the one who asked. */
  async open(request: HttpRequest): Promise<OpenAnswer> {
    const hop = firstHop(request, this.guard.inspect(request.url, request.policy));
    return withinSpan(nameOf(hop), attributesOf(hop), () => this.answerTo(request, hop, OPEN_BODY_TIMEOUT_MS));
  }

  /**
   * Posts a message, which is never repeated nor redirected, and tells `listener` what becomes of it: where there is a plain
   * way to the server without a promise in between, which are felt where messages are many.
   */
  post(message: HttpMessage, listener: MessageListener): SentMessage {
    const hop = messageHop(message, this.guard.inspect(message.url, message.policy));
    const { url, policy, method, headers, body } = hop;
    const pool = this.pools.poolFor(url, policy);
    if (!pool.messages || isTraced()) return this.openFor(listener, message);
    pool.enter();
    const exchange = new MessageExchange(hop, message.maxBytes, listener, () => pool.leave());
    pool.messages.dispatch({ method, path: `${url.pathname}${url.search}`, headers, body }, exchange);
    return exchange;
  }

  private openFor(listener: MessageListener, { url, policy, headers, body }: HttpMessage): SentMessage {
    const once = { method: 'POST', idempotent: false, redirects: 0, isMessage: true };
    const unhurried = { timeoutMs: Infinity, bodyTimeoutMs: 0 };
    return told(listener, (signal) => this.open({ url, policy, headers, body, signal, ...once, ...unhurried }));
  }

  private async answerTo(request: HttpRequest, first: Hop, defaultBodyTimeoutMs: number): Promise<OpenAnswer> {
    const {
      headersTimeoutMs = 0,
      bodyTimeoutMs = defaultBodyTimeoutMs,
      redirects = MAX_REDIRECTS,
      timeoutMs = this.settings.timeoutMs,
    } = request;
    const deadline = new Deadline(timeoutMs, request.signal, first.who);
    try {
      const limits = { headersTimeoutMs, bodyTimeoutMs, redirects };
      const { exchange, hop } = await this.follow(first, limits, deadline);
      return new OpenAnswer(exchange, hop, deadline);
    } catch (error) {
      deadline.release();
      throw error;
    }
  }

  private async follow(first: Hop, limits: Limits, deadline: Deadline): Promise<{ exchange: Exchange; hop: Hop }> {
    let hop = first;
    for (let redirects = 0; ; redirects += 1) {
      const exchange = await this.attempt(hop, limits, deadline);
      const { location } = exchange.headers;
      const target = limits.redirects === 0 ? undefined : redirectTarget(exchange.status, location, hop.url);
      if (target === undefined) return { exchange, hop };
      exchange.discard();
      if (redirects >= Math.min(limits.redirects, MAX_REDIRECTS)) throw notFollowed(first, 'there were too many');
      hop = nextHop(hop, exchange.status, this.inspectTarget(target, hop));
    }
  }

  private inspectTarget(target: string, hop: Hop): URL {
    try {
      const named = isUrl(target) ? policyAfter(hop, new URL(target)) : 'open';
      return this.guard.inspect(target, named);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      throw notFollowed(hop, error.message, error);
    }
  }

  /** Sends one hop, again where that can help and do no harm. */
  private async attempt(hop: Hop, limits: Limits, deadline: Deadline): Promise<Exchange> {
    for (let retry = 0; ; retry += 1) {
      const mayRepeat = hop.repeatable && retry < MAX_RETRIES;
      const exchange = this.send(hop, limits, deadline);
      let wait: number | undefined;
      try {
        await exchange.started;
        if (!mayRepeat || !isPassing(exchange.status)) return exchange;
        wait = waitBefore(retry, exchange.headers['retry-after']);
        if (wait === undefined || wait >= deadline.remainingMs) return exchange;
        exchange.discard();
      } catch (error) {
        if (mayRepeat && isLostConnection(error)) wait = waitBefore(retry);
        if (wait === undefined || wait >= deadline.remainingMs) throw outboundError(error, hop.who);
      }
      await deadline.sleep(wait);
    }
  }

  private send(hop: Hop, limits: Limits, deadline: Deadline): Exchange {
    const { url, policy, method, headers, body, who } = hop;
    const pool = this.pools.poolFor(url, policy);
    // whoever a caller names is told nothing of the operator's traces
    const traceparent = policy === 'open' ? undefined : currentTraceparent();
    pool.enter();
    const exchange = new Exchange(who, () => pool.leave());
    deadline.watch((reason) => exchange.stop(reason));
    const path = `${url.pathname}${url.search}`;
    const sent = traceparent === undefined ? headers : { ...headers, traceparent };
    if (pool.messages && isWhole(body) && isMessage(hop, limits)) {
      pool.messages.dispatch({ method, path, headers: sent, body }, exchange);
      return exchange;
    }
    const { headersTimeoutMs: headersTimeout, bodyTimeoutMs: bodyTimeout } = limits;
    pool.dispatcher.dispatch(
      { origin: url.origin, path, method, headers: sent, body, headersTimeout, bodyTimeout },
      exchange,
    );
    return exchange;
  }
}

/** Whether `http1` carries it, which has no limits between the parts of an answer. */
function isMessage(hop: Hop, { headersTimeoutMs, bodyTimeoutMs }: Limits): boolean {
  return hop.isMessage && messageMethods.has(hop.method) && headersTimeoutMs === 0 && bodyTimeoutMs === 0;
}

function nameOf({ method, who }: Hop) {
  return `${method} ${who}`;
}

function attributesOf({ method, url }: Hop) {
  return { 'http.request.method': method, 'server.address': url.hostname };
}

function showHead({ onHead }: HttpRequest, answer: OpenAnswer): void {
  try {
    onHead?.(answer);
  } catch (error) {
    answer.drop();
    throw error;
  }
}
