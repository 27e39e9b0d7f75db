import { Failure } from './failure.js';
import { refusal } from './refusal.js';

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

  async get<T>(path: string, query?: Query): Promise<T> {
    return (await this.send('GET', path, { query })).json() as Promise<T>;
  }

  async post<T>(path: string, body: unknown = {}): Promise<T> {
    return (await this.send('POST', path, { body })).json() as Promise<T>;
  }

  async delete(path: string): Promise<void> {
    await this.send('DELETE', path);
  }

  /** The answer as a stream, for what may be long. */
  async stream(path: string, query?: Query): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.send('GET', path, { query });
    return body ?? new ReadableStream({ start: (controller) => controller.close() });
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
      if (this.interrupted.aborted) throw new Failure('interrupted', 'Interrupted');
      throw new Failure('unreachable', `No gateway answers at ${this.url.href} (${causeOf(error)})`, START_OR_NAME);
    }
  }

  private async send(method: string, path: string, asked: Asked = {}): Promise<Response> {
    const response = await this.ask(method, path, asked);
    if (!response.ok) throw await refusal(response);
    return response;
  }
}

const START_OR_NAME = 'Start it with `npm start`, or name the one you mean with --url or MCP_GATEWAY_URL.';

/** `fetch` itself only says that it failed. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const named = cause as { code?: unknown; message?: unknown } | undefined;
  return String(named?.code ?? named?.message ?? error);
}
