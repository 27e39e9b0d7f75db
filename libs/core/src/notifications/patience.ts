const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 600_000;
const LONGEST_ASKED_MS = 3_600_000;
/** What could not be delivered for so long helps nobody any more. */
const GIVE_UP_AFTER_MS = 86_400_000;

/** How long to wait after a number of tries that failed: as long as the other side asks, else longer each time. */
export function waitAfter(attempts: number, askedMs?: number): number {
  if (askedMs !== undefined) return Math.min(askedMs, LONGEST_ASKED_MS);
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
  return longest * (0.5 + Math.random() / 2);
}

export function isTooOld(since: Date, now: number): boolean {
  return now - since.getTime() > GIVE_UP_AFTER_MS;
}
