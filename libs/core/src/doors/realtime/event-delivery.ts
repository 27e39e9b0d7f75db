import { Injectable } from '@nestjs/common';
import type { LiveEventMap, RealtimeEvents } from '#libs/kit';
import type { Occurred } from '../../observability/live/event-history.js';
import { LiveEvents, numbered, type LiveEventName, type Unnumbered } from '../../observability/live/live-events.js';
import { Clients } from './clients.js';
import { RoomAccess } from './room-access.js';

/** Hands what happens to those whom it concerns. */
@Injectable()
export class EventDelivery {
  constructor(
    private readonly clients: Clients,
    private readonly rooms: RoomAccess,
    live: LiveEvents,
  ) {
    live.listen(
      (name, occurred) => this.deliver(name, occurred),
      () => clients.size > 0,
    );
  }

  /** An event that concerns nobody is not even written out. */
  private deliver<N extends LiveEventName>(name: N, occurred: Occurred<Unnumbered<N>>): void {
    if (this.clients.size === 0) return;
    let event: LiveEventMap[N] | undefined;
    for (const client of this.clients.all()) {
      if (!this.rooms.concerns(client, name, occurred.event)) continue;
      event ??= numbered(occurred);
      client.send(name, event as RealtimeEvents[N]);
    }
  }
}
