import { signIn, type Breakers } from '#libs/outbound';
import type { Params, UpstreamConnection } from './connection.js';
import type { Health } from './health.js';
import { isSessionLost } from './http-exchange.js';
import type { OfferKeeper } from './offer-keeper.js';
import type { UpstreamLines } from './upstream-lines.js';
import type { UpstreamCall } from './upstream.js';

interface RequestsOptions {
  /** What the upstream's circuit breaker is called. */
  readonly backEnd: string;
  readonly lines: UpstreamLines;
  readonly breakers: Breakers;
  readonly health: Health;
  readonly keeper: OfferKeeper;
  onState(): void;
}

/** Requests to one upstream: over which connection they go, and what their end says of its health. */
export class UpstreamRequests {
  constructor(private readonly options: RequestsOptions) {}

  /** `tool` is the one that is called. Where the session was lost, what may be sent again is sent once more in the next. */
  send(
    method: string,
    params: Params,
    call: UpstreamCall,
    tool?: Params,
    mayRepeat = isRepeatable(tool),
  ): Promise<Params> {
    const { lines, breakers, backEnd } = this.options;
    const { signal } = call;
    const inputSchema = tool?.inputSchema as Params | undefined;
    return lines.useFor(method, params, call, (connection, client) => {
      const ask = () => {
        call.onSend?.();
        return connection.request(method, params, { signal, client, inputSchema });
      };
      const asked = breakers.run(backEnd, ask, call);
      // all that is done with an answer on its way in one step: each promise more would be felt
      return asked.then(
        (result) => this.answered(result),
        async (error: unknown) => {
          await this.failed(error, connection);
          if (!mayRepeat || !isSessionLost(error)) throw error;
          return this.send(method, params, call, tool, false);
        },
      );
    });
  }

  private answered(result: Params): Params {
    const { keeper, health } = this.options;
    keeper.noteAsking();
    if (health.lastFailure?.stage === 'call') {
      health.succeeded();
      this.options.onState();
    }
    return result;
  }

  private async failed(error: unknown, connection: UpstreamConnection): Promise<void> {
    const { keeper, health } = this.options;
    keeper.noteAsking();
    const sign = signIn(error);
    // its end comes right after, and is told as such
    if (isSessionLost(error)) await connection.ended;
    // what the upstream was not even asked is no failure of it, and would hide why it was not reached
    else if (error instanceof Error && sign !== undefined && sign !== 'unasked') {
      health.failed('call', error.message);
      this.options.onState();
    }
  }
}

/** Lists and reads are; a tool where it says so. */
function isRepeatable(tool: Params | undefined): boolean {
  if (!tool) return true;
  const { readOnlyHint, idempotentHint } = (tool.annotations ?? {}) as Params;
  return readOnlyHint === true || idempotentHint === true;
}
