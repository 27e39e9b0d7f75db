import type { Readable } from 'node:stream';

/**
 * After every chunk that a stream hands on, node schedules a tick in which it asks for more, should there be room in the
 * stream's buffer. A socket or a pipe brings what comes by itself, so that the tick finds nothing to do; for a short request
 * it costs as much as a twentieth of its answer. Node has no option for that: this sets what it takes for a tick that is
 * scheduled already, and does nothing where another version of node has no such member.
 */
export function setReadAhead(stream: Readable, isOn: boolean): void {
  const { _readableState: state } = stream as { _readableState?: { readingMore?: boolean } };
  if (state && 'readingMore' in state) state.readingMore = !isOn;
}
