import type { Action, LiveRoom } from '#libs/kit';
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
