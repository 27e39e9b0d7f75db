import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { OperationError } from '#libs/kit';

/** The longest message of a server, in bytes. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
const LONGEST_RETRY_MS = 60_000;
const MAX_ID_LENGTH = 1_024;
/** What can be sent back as a header. */
const SENDABLE = /^[\x21-\x7e]+$/;

export class MessageTooLong extends OperationError {
  constructor() {
    super('failed', `The upstream sent a message of more than ${MAX_MESSAGE_BYTES} bytes`);
  }
}

interface StreamEvent {
  /** `message` where the server says nothing. */
  readonly type: string;
  readonly data: string;
}

/** Where a stream of events is to be taken up again after it broke off. */
export interface StreamPosition {
  lastEventId: string | undefined;
  /** Milliseconds to wait before, as the server asked; undefined where it did not. */
  retryMs: number | undefined;
}

/**
 * Reads a stream of server-sent events to its end and keeps `position` up to date. Rejects with an OperationError where
 * the stream breaks off, or an event is longer than a message may be; the stream is then closed.
 */
export async function readEvents(
  body: Readable,
  position: StreamPosition,
  onEvent: (event: StreamEvent) => void,
): Promise<void> {
  let tooLong = false;
  const parser = createParser({
    maxBufferSize: MAX_MESSAGE_BYTES,
    onEvent: ({ id, event, data }) => {
      if (id !== undefined) position.lastEventId = isResumable(id) ? id : undefined;
      if (data !== '') onEvent({ type: event ?? 'message', data });
    },
    onRetry: (ms) => (position.retryMs = Math.min(ms, LONGEST_RETRY_MS)),
    onError: ({ type }) => (tooLong ||= type === 'max-buffer-size-exceeded'),
  });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk as Buffer, { stream: true }));
    // leaving the loop destroys the stream
    if (tooLong) throw new MessageTooLong();
  }
}

function isResumable(id: string): boolean {
  return id.length <= MAX_ID_LENGTH && SENDABLE.test(id);
}
