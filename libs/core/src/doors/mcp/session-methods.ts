import { Injectable } from '@nestjs/common';
import type { CallOrigin } from '../../execution/call-context.js';
import { isLogLevel } from './log-level.js';
import { badParams, unknownMethod } from './mcp-refusal.js';
import type { Params } from './messages.js';
import type { Session } from './session.js';
import { SessionRelay } from './session-relay.js';
import { SessionSubscriptions } from './session-subscriptions.js';
import { Sessions } from './sessions.js';
import { MAX_ADDRESS, MAX_ADDRESSES, MAX_WATCHED, WatchedResources } from './watched-resources.js';

const DONE = '{}';

/** What a session is asked about itself. It answers at once, and can't be cancelled. */
type SessionMethod = (params: Params, session: Session, origin: CallOrigin) => string | Promise<string>;

/** The methods that only sessions have. */
@Injectable()
export class SessionMethods {
  readonly table: ReadonlyMap<string, SessionMethod> = new Map<string, SessionMethod>([
    ['ping', () => DONE],
    ['logging/setLevel', (params, session) => this.setLevel(params, session)],
    ['resources/subscribe', (params, session, origin) => this.subscribe(params, session, origin)],
    ['resources/unsubscribe', (params, session, origin) => this.unsubscribe(params, session, origin)],
  ]);

  constructor(
    private readonly sessions: Sessions,
    private readonly watching: WatchedResources,
    private readonly subscriptions: SessionSubscriptions,
    private readonly relay: SessionRelay,
  ) {}

  private async setLevel({ level }: Params, session: Session): Promise<string> {
    if (!isLogLevel(level)) throw badParams('level: expected one of the levels of RFC 5424, such as info or warning');
    await this.sessions.change(session, { logLevel: level });
    return DONE;
  }

  private async subscribe(params: Params, session: Session, origin: CallOrigin): Promise<string> {
    const { caller } = origin;
    const { scope } = session;
    if (!this.watching.areOffered(scope, caller)) throw unknownMethod('resources/subscribe', 200);
    const uri = uriIn(params);
    if (session.subscriptions >= MAX_WATCHED) {
      throw badParams(`A session subscribes to at most ${MAX_WATCHED} resources; unsubscribe from some first`);
    }
    if (session.subscribedLength + uri.length > MAX_ADDRESSES) {
      throw badParams(
        `Addresses of a session's resources have at most ${MAX_ADDRESSES} letters; unsubscribe from some`,
      );
    }
    const watched = this.watching.find(uri, scope, caller);
    if (watched) await this.watching.begin(watched, origin, session.id);
    await this.sessions.change(session, { subscribe: uri });
    this.subscriptions.subscribed(session, this.relay.isReadElsewhere(session.id));
    return DONE;
  }

  private async unsubscribe(params: Params, session: Session, origin: CallOrigin): Promise<string> {
    const uri = uriIn(params);
    await this.sessions.change(session, { unsubscribe: uri });
    await this.watching.endOne(uri, session.scope, origin, session.id);
    return DONE;
  }
}

function uriIn({ uri }: Params): string {
  if (typeof uri === 'string' && uri.length <= MAX_ADDRESS) return uri;
  throw badParams('uri: expected the address of a resource');
}
