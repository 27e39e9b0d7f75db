import { Injectable } from '@nestjs/common';
import type { LiveRoom, RealtimeAnswer } from '#libs/kit';
import { LiveEvents, numbered, type LiveEventName } from '../../observability/live/live-events.js';
import type { Client } from './client.js';
import { callerOf } from './known-caller.js';
import type { Message } from './messages.js';
import { MetricsFeed } from './metrics-feed.js';
import { RoomAccess } from './room-access.js';
import { rooms } from './rooms.js';

/** The newest events that are told of what was missed are at most so much, as JSON. */
const MAX_REPLAY = 1024 * 1024;

/** Which clients follow what, and what those who come back have missed. */
@Injectable()
export class Subscriptions {
  constructor(
    private readonly live: LiveEvents,
    private readonly metrics: MetricsFeed,
    private readonly access: RoomAccess,
  ) {}

  /** Missed events are sent before the answer, in their order; nothing that happens meanwhile comes between. */
  subscribe(client: Client, { room, since }: Message<'subscribe'>): RealtimeAnswer<'subscribe'> {
    this.access.require(callerOf(client), room);
    client.rooms.add(room);
    const { event } = rooms[room];
    if (event === undefined) {
      this.metrics.start(client);
      return { ok: true, room, replayed: 0, complete: true, seq: 0 };
    }
    const { seq } = this.live.historyOf(event);
    const missed = since === undefined ? { replayed: 0, complete: true } : this.replay(client, event, since);
    return { ok: true, room, ...missed, seq };
  }

  unsubscribe(client: Client, { room }: { room: LiveRoom }): RealtimeAnswer<'unsubscribe'> {
    client.rooms.delete(room);
    return { ok: true, room };
  }

  private replay(client: Client, name: LiveEventName, since: number): { replayed: number; complete: boolean } {
    const { events, complete } = this.live.historyOf(name).since(since);
    const told = events
      .filter(({ event }) => this.access.concerns(client, name, event))
      .map((occurred) => numbered(occurred));
    const sent = newestThatFit(told);
    for (const event of sent) client.send(name, event);
    return { replayed: sent.length, complete: complete && sent.length === told.length };
  }
}

function newestThatFit<E>(events: readonly E[]): readonly E[] {
  let size = 0;
  const tooMuch = events.findLastIndex((event) => (size += JSON.stringify(event).length) > MAX_REPLAY);
  return events.slice(tooMuch + 1);
}
