import { Injectable } from '@nestjs/common';
import { liveRooms, type Caller, type LiveRoom } from '#libs/kit';
import { Policy } from '../../access/policy/policy.js';
import type { LiveEventName, Unnumbered } from '../../observability/live/live-events.js';
import type { Client } from './client.js';
import { rooms } from './rooms.js';

const roomOf: Readonly<Record<Exclude<LiveEventName, 'config' | 'tool_executed'>, LiveRoom>> = {
  alert: 'alerts',
  approval: 'approvals',
  log: 'logs',
  upstream: 'upstreams',
};

/** Who may follow what. It is asked with each event, so that a change of the policy counts at once. */
@Injectable()
export class RoomAccess {
  constructor(private readonly policy: Policy) {}

  roomsFor(caller: Caller | undefined): LiveRoom[] {
    return caller ? liveRooms.filter((room) => this.mayEnter(caller, room)) : [];
  }

  require(caller: Caller, room: LiveRoom): void {
    const { permission } = rooms[room];
    if (permission !== undefined) this.policy.requireAct(caller, permission, `the room ${room}`);
  }

  /** Takes a client that is another caller now out of the rooms that are closed to that one. */
  leaveClosed({ caller, rooms: entered }: Client): void {
    for (const room of entered) if (!caller || !this.mayEnter(caller, room)) entered.delete(room);
  }

  follows({ caller, rooms: entered }: Client, room: LiveRoom): boolean {
    return caller !== undefined && entered.has(room) && this.mayEnter(caller, room);
  }

  /** Whether an event is for this client. */
  concerns<N extends LiveEventName>(client: Client, name: N, event: Unnumbered<N>): boolean {
    const { caller } = client;
    if (!caller) return false;
    if (name === 'config') return this.policy.mayAct(caller, 'admin');
    if (name === 'tool_executed') return this.seesCall(client, caller, event as unknown as Unnumbered<'tool_executed'>);
    return this.follows(client, roomOf[name]);
  }

  /** Calls of its own, those of all with `monitor`; whoever calls through this connection is told how far it is. */
  private seesCall(client: Client, caller: Caller, event: Unnumbered<'tool_executed'>): boolean {
    const isOwn = event.caller === caller.id;
    if (client.rooms.has('tool-executions') && (isOwn || this.policy.mayAct(caller, 'monitor'))) return true;
    return isOwn && event.phase === 'progress' && client.calls.has(event.requestId);
  }

  private mayEnter(caller: Caller, room: LiveRoom): boolean {
    const { permission } = rooms[room];
    return permission === undefined || this.policy.mayAct(caller, permission);
  }
}
