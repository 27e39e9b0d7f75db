import { Failure } from './failure.js';
import { noAnswer, refusal } from './refusal.js';

type Query = Readonly<Record<string, string | number | undefined>>;

interface Asked {
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without the credential. */
  readonly anonymous?: boolean;
}

/** A list of the administration. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** The gateway over HTTP. Every failure is a {@link Failure} that says what to do. */
export class GatewayClient {
  constructor(
    readonly url: URL,
    private readonly key: string | undefined,
    private readonly interrupted: AbortSignal,
  ) {}

  /** The headers that name the caller. */
  get credential(): Record<string, string> {
    return this.key === undefined ? {} : { 'x-mcp-key': this.key };
  }

  /** An address of the gateway; a path that it is served under stays. */
  address(path: string, query: Query = {}): URL {
    const url = new URL(`${this.url.pathname.replace(/\/+$/, '')}${path}`, this.url);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }

  /** `member`: what every such answer has; without it, it comes from something else than a gateway. */
  async get<T extends object>(path: string, member: keyof T, query?: Query): Promise<T> {
    return this.answerIn(await this.send('GET', path, { query }), member);
  }

  async post<T extends object>(path: string, member: keyof T, body: unknown = {}): Promise<T> {
    return this.answerIn(await this.send('POST', path, { body }), member);
  }

  async delete(path: string): Promise<void> {
    await this.send('DELETE', path);
  }

  /** The answer part by part, for what may be long; asked for when the first part is. */
  async *stream(path: string, query?: Query): AsyncGenerator<Uint8Array> {
    const { body } = await this.send('GET', path, { query });
    try {
      for await (const part of body ?? []) yield part;
    } catch (error) {
      throw this.brokenOff(error);
    }
  }

  /** What the gateway answers, of whatever status; only a gateway that can't be reached is a failure. */
  async ask(method: string, path: string, { query, body, headers, anonymous }: Asked = {}): Promise<Response> {
    try {
      return await fetch(this.address(path, query), {
        method,
        headers: {
          ...(!anonymous && this.credential),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        // a redirect would carry the key to somebody else
        redirect: 'manual',
        signal: this.interrupted,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const cause = causeOf(error);
      if (this.interrupted.aborted) throw interruption();
      // its message may quote what was to be sent
      if (cause === undefined) throw new Failure('failed', 'The request could not be made');
      throw new Failure('unreachable', `No gateway answers at ${this.url.href} (${cause})`, START_OR_NAME);
    }
  }

  /** All of an answer, of whatever status. */
  async textOf(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      throw this.brokenOff(error);
    }
  }

  /** An answer in JSON, of whatever status. */
  async answerIn<T extends object>(response: Response, member: keyof T): Promise<T> {
    const answer = parsed(await this.textOf(response));
    if (typeof answer !== 'object' || answer === null || !(member in answer)) throw noAnswer(response);
    return answer as T;
  }

  private async send(method: string, path: string, asked: Asked = {}): Promise<Response> {
    const response = await this.ask(method, path, asked);
    if (!response.ok) throw refusal(response, parsed(await this.textOf(response)));
    return response;
  }

  private brokenOff(error: unknown): Failure {
    if (this.interrupted.aborted) return interruption();
    const cause = causeOf(error) ?? 'unknown';
    return new Failure('unreachable', `The answer of ${this.url.href} broke off (${cause})`);
  }
}

const START_OR_NAME = 'Start it with `npm start`, or name the one you mean with --url or MCP_GATEWAY_URL.';

function interruption(): Failure {
  return new Failure('interrupted', 'Interrupted');
}

/** What the network said, of which `fetch` itself only says that it failed. */
function causeOf(error: unknown): string | undefined {
  const cause = (error instanceof Error ? error.cause : undefined) as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
