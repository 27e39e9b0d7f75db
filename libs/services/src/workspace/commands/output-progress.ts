import type { OperationContext } from '#libs/kit';

const INTERVAL_MS = 100;
const MAX_MESSAGE_CHARACTERS = 2_000;

/** Tells the caller what a program says while it runs: bytes so far, and the newest of them. */
export function outputAsProgress(context: OperationContext): (part: Buffer) => void {
  let bytes = 0;
  let unsaid = '';
  let last = 0;
  return (part) => {
    bytes += part.length;
    unsaid = (unsaid + part.toString()).slice(-MAX_MESSAGE_CHARACTERS);
    const now = performance.now();
    if (now - last < INTERVAL_MS) return;
    context.progress(bytes, undefined, unsaid);
    unsaid = '';
    last = now;
  };
}
