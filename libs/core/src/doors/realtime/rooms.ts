import { liveRooms, type Action, type Caller, type LiveRoom } from '#libs/kit';
import { forbidden, mayAct } from '../../access/permissions.js';
import type { LiveEventName } from '../../observability/live/live-events.js';

interface Room {
  /** Undefined where anyone may enter, and sees what is its own. */
  readonly permission: Action | undefined;
  /** Undefined for the one that has no events but a state. */
  readonly event: LiveEventName | undefined;
}

export const rooms: Readonly<Record<LiveRoom, Room>> = {
  metrics: { permission: 'monitor', event: undefined },
  alerts: { permission: 'monitor', event: 'alert' },
  upstreams: { permission: 'monitor', event: 'upstream' },
  'tool-executions': { permission: undefined, event: 'tool_executed' },
  approvals: { permission: 'approve', event: 'approval' },
  logs: { permission: 'admin', event: 'log' },
};

export function mayEnter(caller: Caller, room: LiveRoom): boolean {
  const { permission } = rooms[room];
  return permission === undefined || mayAct(caller, permission);
}

export function roomsFor(caller: Caller | undefined): LiveRoom[] {
  return caller ? liveRooms.filter((room) => mayEnter(caller, room)) : [];
}

export function requireRoom(caller: Caller, room: LiveRoom): void {
  if (!mayEnter(caller, room)) throw forbidden(caller, `the room ${room}`, String(rooms[room].permission));
}
