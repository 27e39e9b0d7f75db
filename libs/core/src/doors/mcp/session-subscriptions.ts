import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { HttpResponse } from '#libs/kit';
import { asOperationError } from '../../errors/error-table.js';
import { inTurns } from '../../execution/batch.js';
import type { CallOrigin } from '../../execution/call-context.js';
import type { Session } from './session.js';
import { SessionStore, type SessionChange, type SessionState } from './session-store.js';
import { Sessions } from './sessions.js';
import { resourceUpdated, WatchedResources } from './watched-resources.js';

/** How soon an upstream is asked again that could not be asked to tell. */
const AGAIN_MS = 5_000;

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
    store: SessionStore,
  ) {
    store.onChange((state, change) => this.changedElsewhere(state, change));
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

  /** What its caller may not read any more is left out; never rejects. */
  private async listen(
    uris: readonly string[],
    session: Session,
    origin: CallOrigin,
    onBegun?: (uri: string) => void,
  ): Promise<void> {
    const isWanted = (uri: string) => this.isReadBy(session, origin) && session.isSubscribedTo(uri);
    let left = uris;
    while (left.length > 0) {
      const failed: string[] = [];
      await inTurns(left, async (uri) => {
        try {
          const watched = isWanted(uri) && this.watching.find(uri, session.scope, origin.caller);
          if (watched && (await this.watching.begin(watched, origin, session.id)) && isWanted(uri)) onBegun?.(uri);
        } catch (error) {
          if (asOperationError(error).kind !== 'unknown') failed.push(uri);
        }
      });
      if (failed.length > 0) await sleep(AGAIN_MS, undefined, { ref: false });
      left = failed.filter(isWanted);
    }
  }

  private isReadBy(session: Session, origin: CallOrigin): boolean {
    return this.read.get(session) === origin;
  }
}
