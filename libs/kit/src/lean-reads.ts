import type { Readable } from 'node:stream';

/** As much as node itself reads at once. Every such stream of this thread reads into it, one after the other. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);

/** What node keeps of a socket or a pipe, as far as it is the same in its versions from 20 on. */
interface Internals {
  readonly _readableState?: { readingMore?: boolean };
  readonly _handle?: { useUserBuffer?(buffer: Buffer): void };
  [member: symbol]: unknown;
}

/**
 * Leaves out what node does for each chunk that a socket or a pipe hands on and that a short message does not need: it gets
 * 64 KiB from the system's allocator, which it makes smaller afterwards, and schedules a tick in which it would read more,
 * though more comes by itself. Each takes a twentieth of the time for a short request.
 *
 * For connections that this process opens, node has the option `onread`; for those that it is given there is none. So this
 * does what that option does, with the members that it uses, and copies each chunk. Where another version of node has no
 * such members, the stream is read as ever. As with that option, a socket that is paused reads nothing more, not even that
 * its other end has gone.
 */
export function readLean(stream: Readable): void {
  const inner = stream as Readable & Internals;
  const { _readableState: state, _handle: handle } = inner;
  const buffer = memberOf(stream, 'kBuffer');
  const callback = memberOf(stream, 'kBufferCb');
  if (!buffer || !callback || !handle?.useUserBuffer || inner[buffer] === shared) return;
  // as if the tick were scheduled already
  if (state && 'readingMore' in state) state.readingMore = true;
  inner[buffer] = shared;
  inner[callback] = (length: number, bytes: Buffer) => stream.push(Buffer.from(bytes.subarray(0, length)));
  handle.useUserBuffer(shared);
}

function memberOf(stream: Readable, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(stream).find(({ description }) => description === name);
}
