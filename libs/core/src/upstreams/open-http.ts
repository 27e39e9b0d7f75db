import type { HttpClient } from '#libs/outbound';
import type { UpstreamConnection } from './connection.js';
import { RefusedByStatus } from './http-address.js';
import { HttpConnection, type HttpConnectionOptions } from './http-connection.js';
import { SseConnection } from './sse-connection.js';

/** What a server of 2024-11-05 says to a message that is posted to the address of its stream. */
const oldStatuses = new Set([400, 404, 405, 406, 415]);

/**
 * Opens a connection to a server whose transport is not known: Streamable HTTP, or else the one of 2024-11-05. Rejects
 * with an OperationError that says what failed.
 */
export async function openHttp(client: HttpClient, options: HttpConnectionOptions): Promise<UpstreamConnection> {
  try {
    return await HttpConnection.open(client, options);
  } catch (error) {
    if (!(error instanceof RefusedByStatus) || !oldStatuses.has(error.status)) throw error;
    try {
      return await SseConnection.open(client, options);
    } catch {
      if (options.signal.aborted) throw options.signal.reason;
      throw error;
    }
  }
}
