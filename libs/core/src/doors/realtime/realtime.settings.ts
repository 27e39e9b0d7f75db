import { setting, settings, value } from '#libs/kit';

const MOST = 100_000;

export class RealtimeSettings extends settings({
  maxConnections: setting('MCP_WS_MAX_CONNECTIONS', value.wholeNumber(1, MOST), {
    key: 'realtime.maxConnections',
    description: 'Clients that are connected at once over Socket.IO and /ws together',
    default: '200',
    runtime: true,
  }),
  maxMessagesPerSecond: setting('MCP_WS_MAX_MESSAGES_PER_SECOND', value.wholeNumber(0, MOST), {
    key: 'realtime.maxMessagesPerSecond',
    description: 'Messages of one connection in any second; one that sends five times as many is cut; 0 for no limit',
    default: '100',
    runtime: true,
  }),
}) {}
