const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 60_000;
/** Waits differ by up to this part, so that many gateways don't come back at once. */
const JITTER = 0.2;

/** How long to wait before the next try, in milliseconds, after so many failures in a row. */
export function waitAfter(failures: number): number {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20), LONGEST_WAIT_MS);
  return wait * (1 + JITTER * (2 * Math.random() - 1));
}
