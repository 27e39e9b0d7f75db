import { addressOf } from '../../access/request-facts.js';
import type { CallOrigin } from '../../execution/call-context.js';
import type { Client } from './client.js';
import { callerOf } from './known-caller.js';

/** What a client does through its connection, as the executor and the audit know it. */
export function originOf(client: Client, requestId: string): CallOrigin {
  const { line, presented } = client;
  const { request } = line;
  return { caller: callerOf(client), door: 'realtime', requestId, address: addressOf(request), request, presented };
}
