import { OperationError, isUrl } from '#libs/kit';
import { challengeIn } from './auth/challenge.js';
import { AuthorizationNeeded, type Credential } from './auth/credential.js';
import {
  AnswerLostError,
  ofFrozen,
  told,
  UnavailableError,
  type CancelSignal,
  type HttpAnswer,
  type HttpClient,
  type MessageListener,
  type OpenAnswer,
  type SentMessage,
  type TargetPolicy,
} from '#libs/outbound';
import { MAX_MESSAGE_BYTES } from './event-reader.js';

/** For messages that get no answer but "taken". */
const DELIVERY_MS = 10_000;
const MAX_DELIVERY_BYTES = 64 * 1024;
const MAX_REDIRECTS = 3;

export interface HttpAddressOptions {
  readonly name: string;
  readonly url: string;
  readonly policy: TargetPolicy;
  /** Sent with every request, such as the upstream's own credentials. Never a caller's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the upstream's `Authorization` has to be fetched. */
  readonly credential?: Credential | undefined;
}

interface Outgoing {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: CancelSignal;
}

type Send<T> = (headers: Readonly<Record<string, string>>) => Promise<T>;

/** Of 400 to 499, those that are about the server and not about what it was asked. */
const busyStatuses = new Set([408, 425, 429]);

/** A server that answered with a status instead of a message. */
export class RefusedByStatus extends UnavailableError {
  constructor(
    name: string,
    readonly status: number,
  ) {
    const isAnswer = status >= 400 && status <= 499 && !busyStatuses.has(status);
    const details = { retryable: status === 429 || status >= 500, status };
    super(isAnswer ? 'answered' : 'away', statusMessage(name, status), details);
  }
}

/**
 * Where an upstream listens. Redirects are followed within its origin only. Errors name the upstream and never its
 * address.
 */
export class HttpAddress {
  private url: URL;
  /** With those that every request is sent with. */
  private readonly withOwn: (headers: Outgoing['headers']) => Outgoing['headers'];

  constructor(
    private readonly client: HttpClient,
    private readonly options: HttpAddressOptions,
  ) {
    this.url = new URL(options.url);
    const own = lowerCased(options.headers);
    this.withOwn = ofFrozen((headers) => ({ ...own, ...headers }));
  }

  get origin(): string {
    return this.url.origin;
  }

  /** The same server at a path that it named itself. Throws `failed` where that is on another origin. */
  at(path: string): HttpAddress {
    const target = isUrl(path, this.url.href) ? new URL(path, this.url) : undefined;
    if (target?.origin !== this.url.origin) throw leadsAway(this.options.name);
    return new HttpAddress(this.client, { ...this.options, url: target.href });
  }

  /** Answers as soon as the head is there, whatever the status. */
  async open(outgoing: Outgoing): Promise<OpenAnswer> {
    let answer: OpenAnswer;
    try {
      answer = await this.opened(outgoing);
    } catch (error) {
      throw this.namedError(error, outgoing.signal);
    }
    return this.led(answer, outgoing);
  }

  /**
   * Posts a request and tells `listener` what comes of it. Where that is another address of this server, `led` goes there;
   * `namedError` puts errors as a caller may see them.
   */
  post(headers: Outgoing['headers'], body: string, listener: MessageListener): SentMessage {
    const { policy, credential } = this.options;
    if (credential) return told(listener, (signal) => this.open({ method: 'POST', headers, body, signal }));
    return this.client.post(
      { url: this.url, policy, headers: this.withOwn(headers), body, maxBytes: MAX_MESSAGE_BYTES },
      listener,
    );
  }

  /** What an answer leads to, where it does. */
  async led(answer: OpenAnswer, outgoing: Outgoing): Promise<OpenAnswer> {
    return leadsOn(answer) ? this.followed(answer, outgoing) : answer;
  }

  private opened(outgoing: Outgoing): Promise<OpenAnswer> {
    const { method, body, signal } = outgoing;
    return this.authorized(outgoing, (headers) =>
      this.client.open({
        url: this.url,
        policy: this.options.policy,
        method,
        headers,
        signal,
        // the signal is the limit
        timeoutMs: Infinity,
        bodyTimeoutMs: 0,
        redirects: 0,
        idempotent: false,
        isMessage: true,
        ...(body !== undefined && { body }),
      }),
    );
  }

  private async followed(first: OpenAnswer, outgoing: Outgoing): Promise<OpenAnswer> {
    try {
      let answer = first;
      for (let redirects = 0; leadsOn(answer); redirects += 1) {
        answer.drop();
        this.follow(answer, redirects);
        answer = await this.opened(outgoing);
      }
      return answer;
    } catch (error) {
      throw this.namedError(error, outgoing.signal);
    }
  }

  /** Sends what gets no answer; the status says whether it was taken. */
  async deliver(outgoing: Outgoing): Promise<number> {
    const { method, body, signal } = outgoing;
    try {
      const { status } = await this.authorized(outgoing, (headers) =>
        this.client.request({
          url: this.url,
          policy: this.options.policy,
          method,
          headers,
          ...(body !== undefined && { body }),
          signal,
          timeoutMs: DELIVERY_MS,
          maxBytes: MAX_DELIVERY_BYTES,
          redirects: 0,
          idempotent: false,
          isMessage: true,
        }),
      );
      return status;
    } catch (error) {
      throw this.namedError(error, signal);
    }
  }

  /** An error of the connection, as a caller may see it. */
  namedError(error: unknown, signal?: CancelSignal): Error {
    if (signal?.aborted && signal.reason instanceof Error) return signal.reason;
    if (!(error instanceof OperationError) || error instanceof AuthorizationNeeded) return error as Error;
    const who = `The upstream ${this.options.name}`;
    const message = error.message.replaceAll(this.url.origin, who);
    if (message === error.message) return error;
    const details = error.kind === 'unavailable' ? { retryable: true } : {};
    const options = { cause: error };
    // what it tells of the upstream stays
    if (error instanceof AnswerLostError) return new AnswerLostError(message, details, options);
    if (error instanceof UnavailableError) return new UnavailableError(error.sign, message, details, options);
    return new OperationError(error.kind, message, details, options);
  }

  /** Sends with the upstream's credentials. */
  private authorized<T extends OpenAnswer | HttpAnswer>(outgoing: Outgoing, send: Send<T>): Promise<T> {
    const { credential } = this.options;
    return credential ? this.withFetched(credential, outgoing, send) : send(this.withOwn(outgoing.headers));
  }

  /** Where a credential is refused, sends once more with another. */
  private async withFetched<T extends OpenAnswer | HttpAnswer>(
    credential: Credential,
    { headers, signal }: Outgoing,
    send: Send<T>,
  ): Promise<T> {
    const all = this.withOwn(headers);
    const authorization = await credential.header(signal);
    const answer = await send({ ...all, authorization });
    if (answer.status !== 401) return answer;
    // nobody reads it, and another credential may take long or not come at all
    if ('drop' in answer) answer.drop();
    credential.refused(authorization, challengeIn(answer.headers['www-authenticate']));
    return send({ ...all, authorization: await credential.header(signal) });
  }

  /** 307 and 308 keep the method; the others would turn a message into a GET. */
  private follow({ status, headers }: OpenAnswer, redirects: number): void {
    const { location = '' } = headers;
    const target = isUrl(location, this.url.href) ? new URL(location, this.url) : undefined;
    const keepsMethod = status === 307 || status === 308;
    if (!keepsMethod || target?.origin !== this.url.origin) throw leadsAway(this.options.name);
    if (redirects >= MAX_REDIRECTS) throw leadsAway(this.options.name);
    this.url = target;
  }
}

function leadsOn({ status, headers }: OpenAnswer): boolean {
  return status >= 300 && status <= 399 && headers.location !== undefined;
}

function leadsAway(name: string): UnavailableError {
  return new UnavailableError(
    'answered',
    `The upstream ${name} leads elsewhere, which is not followed; correct its URL`,
  );
}

function statusMessage(name: string, status: number): string {
  if (status === 401 || status === 403) {
    return `The upstream ${name} does not accept the gateway's credentials (${status}); an admin can correct its headers`;
  }
  return `The upstream ${name} answered with the status ${status} instead of a message`;
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));
}
