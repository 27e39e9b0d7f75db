import { Injectable } from '@nestjs/common';
import type { HttpResponse } from '#libs/kit';
import { asOperationError } from '../../errors/error-table.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { inLines } from './in-lines.js';
import type { Session } from './session.js';
import { SessionRelay } from './session-relay.js';
import { SessionStore, type SessionChange, type SessionState } from './session-store.js';
import { Sessions } from './sessions.js';
import { resourceUpdated, WatchedResources } from './watched-resources.js';

/** How soon an upstream is asked again that could not be asked to tell: twice as late each time. */
const AGAIN_MS = 5_000;
const LATEST_AGAIN_MS = 60_000;
/** What passes; any other refusal is one for good. */
const passing = new Set(['unavailable', 'deadline', 'limited']);

/**
 * What sessions have subscribed to is listened to where their clients read: at the replica at which a session's GET stream
 * is open, wherever a subscription was asked for.
 */
@Injectable()
export class SessionSubscriptions {
  /** Sessions whose GET stream is open here, and by which request. */
  private readonly read = new Map<Session, CallOrigin>();

  constructor(
    private readonly watching: WatchedResources,
    private readonly sessions: Sessions,
    relay: SessionRelay,
    store: SessionStore,
  ) {
    store.onChange((state, change) => this.changedElsewhere(state, change));
    sessions.onEnd((session) => this.read.delete(session));
    relay.onMoved((session) => this.leave(session));
  }

  /**
   * Listens to what a session has subscribed to, for as long as its GET stream is this one. Where that was open elsewhere
   * before, what changed on the way may have been told to nobody: the client is told of each as if it had.
   */
  readHere(session: Session, origin: CallOrigin, response: HttpResponse, wasElsewhere: boolean): void {
    this.read.set(session, origin);
    response.once('close', () => {
      if (this.isReadBy(session, origin)) this.read.delete(session);
    });
    void this.listen(session.subscribedTo, session, origin, (uri) => {
      if (wasElsewhere) session.announce(resourceUpdated(uri));
    });
  }

  /** To be called when a session has subscribed here: where its client reads elsewhere, that replica listens. */
  subscribed(session: Session, isReadElsewhere: boolean): void {
    if (isReadElsewhere) this.leave(session);
  }

  private leave(session: Session): void {
    this.read.delete(session);
    this.watching.leave(session.id);
  }

  private changedElsewhere(state: SessionState, change: SessionChange): void {
    const session = this.sessions.find(state.id);
    const origin = session && this.read.get(session);
    if (!origin) return;
    session.see(state);
    if ('subscribe' in change) void this.listen([change.subscribe], session, origin);
    else if ('unsubscribe' in change) {
      void this.watching.endOne(change.unsubscribe, session.scope, origin, session.id);
    }
  }

  /**
   * One after the other at each upstream, and again where one can't be asked. What the caller may not read any more, and what
   * is refused, is left out; never rejects.
   */
  private async listen(
    uris: readonly string[],
    session: Session,
    origin: CallOrigin,
    onBegun?: (uri: string) => void,
  ): Promise<void> {
    const isWanted = (uri: string) => this.isReadBy(session, origin) && session.isSubscribedTo(uri);
    let left = uris;
    for (let waitMs = AGAIN_MS; left.length > 0; waitMs = Math.min(2 * waitMs, LATEST_AGAIN_MS)) {
      const failed: string[] = [];
      await inLines(
        left.flatMap((uri) => this.watchedBy(uri, session, origin)),
        ({ upstream }) => upstream,
        async ({ uri, ...watched }) => {
          try {
            if (!isWanted(uri)) return;
            if ((await this.watching.begin(watched, origin, session.id)) && isWanted(uri)) onBegun?.(uri);
          } catch (error) {
            if (passing.has(asOperationError(error).kind)) failed.push(uri);
          }
        },
      );
      if (failed.length > 0) await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      left = failed.filter(isWanted);
    }
  }

  private watchedBy(uri: string, session: Session, origin: CallOrigin) {
    try {
      const watched = this.watching.find(uri, session.scope, origin.caller);
      return watched ? [{ uri, ...watched }] : [];
    } catch {
      return [];
    }
  }

  private isReadBy(session: Session, origin: CallOrigin): boolean {
    return this.read.get(session) === origin;
  }
}
