import type { CancelSignal } from '#libs/outbound';
import { CancellableCall } from './cancellable-call.js';
import type { McpClient } from './exchange.js';
import type { Params } from './messages.js';
import type { PostAnswer } from './post-answer.js';
import type { Session } from './session.js';
import type { SessionRelay } from './session-relay.js';

/** A call in a session: what it tells and asks goes on the stream of its answer, or on one that its client has open. */
export class SessionCall extends CancellableCall implements McpClient {
  constructor(
    private readonly of: Session,
    private readonly answer: PostAnswer,
    private readonly relay: SessionRelay,
  ) {
    super();
  }

  get session(): string {
    return this.of.id;
  }

  get capabilities(): Params {
    return this.of.clientCapabilities;
  }

  protected override get canBeResumed(): boolean {
    return this.answer.canBeResumed;
  }

  notify(method: string, params: Params): void {
    this.answer.tell(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  ask(method: string, params: Params, signal: CancelSignal): Promise<Params> {
    const { of: session, answer, relay } = this;
    const send = (json: string) => answer.tell(json) || session.tell(json) || relay.tell(session.id, json);
    return session.ask(method, params, send, signal);
  }
}
