import type { WaitingCall } from './waiter.js';

/** How long a call waits for a place, or for what was spent before to be known. */
const MAX_WAIT_MS = 2_000;
/** What is kept of a call's deadline to say why it was refused. */
const ANSWER_MS = 20;

export function waitMsOf({ remainingMs }: WaitingCall): number {
  return Math.min(MAX_WAIT_MS, remainingMs - ANSWER_MS);
}

/** Waits for something, but not for ever. */
export async function atMost(ms: number, something: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    something,
    new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}
