import type { Caller, LiveRoom } from '#libs/kit';
import { mayAct } from '../../access/permissions.js';
import type { LiveEventName, Unnumbered } from '../../observability/live/live-events.js';
import type { Client } from './client.js';

const roomOf: Readonly<Record<Exclude<LiveEventName, 'config' | 'tool_executed'>, LiveRoom>> = {
  alert: 'alerts',
  approval: 'approvals',
  log: 'logs',
  upstream: 'upstreams',
};

/** Whether an event is for this client. */
export function concerns<N extends LiveEventName>(client: Client, name: N, event: Unnumbered<N>): boolean {
  const { caller } = client;
  if (!caller) return false;
  if (name === 'config') return mayAct(caller, 'admin');
  if (name === 'tool_executed') return follows(client, caller, event as unknown as Unnumbered<'tool_executed'>);
  return client.rooms.has(roomOf[name]);
}

/** Calls of its own, those of all with `monitor`; whoever calls through this connection is told how far it is. */
function follows(client: Client, caller: Caller, event: Unnumbered<'tool_executed'>): boolean {
  const isOwn = event.caller === caller.id;
  if (client.rooms.has('tool-executions') && (isOwn || mayAct(caller, 'monitor'))) return true;
  return isOwn && event.phase === 'progress' && client.calls.has(event.requestId);
}
