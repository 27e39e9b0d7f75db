import type { OutgoingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpResponse } from '#libs/kit';
import type { EventStream } from './event-stream.js';
import type { EventPlace } from './session-store.js';
import type { StreamLog } from './stream-log.js';

/** How soon a client sees what is written at another replica. */
const LOOK_EVERY_MS = 200;

/**
 * Answers by `stream` with what is kept of a stream that is not written in this process, or no longer, and with what comes of it
 * elsewhere, until its end. Resolves when the client has it all, or left.
 */
export async function followStream(
  stream: EventStream,
  log: StreamLog,
  from: EventPlace,
  response: HttpResponse,
  headers: OutgoingHttpHeaders,
): Promise<void> {
  stream.connect(response, headers);
  let place = from;
  try {
    while (stream.isConnected) {
      const kept = await log.after(place);
      for (const event of kept?.events ?? []) {
        stream.pass(event);
        place = event;
      }
      if (!kept || kept.isOver) break;
      await sleep(LOOK_EVERY_MS, undefined, { ref: false });
    }
  } catch {
    // it comes back once more
  }
  stream.disconnect();
}
