import { OperationError } from '#libs/kit';

/** GitHub asks for at least this long after a secondary limit that names no time. */
export const SECONDARY_WAIT_MS = 60_000;

type Headers = Readonly<Record<string, string | number | undefined>>;

/** Each is counted by itself. */
type Bucket = 'core' | 'search' | 'code search' | 'graphql';

export function bucketOf(route: string): Bucket {
  if (route.includes('/search/code')) return 'code search';
  if (route.includes('/search/')) return 'search';
  return route.endsWith('/graphql') ? 'graphql' : 'core';
}

/** What GitHub said about how much it still answers. While it wants no requests, none are sent. */
export class RateLimits {
  private readonly until = new Map<Bucket | 'all', number>();

  constructor(private readonly now: () => number = Date.now) {}

  /** Throws `limited` while GitHub is not to be asked. */
  admit(bucket: Bucket): void {
    const until = Math.max(this.until.get(bucket) ?? 0, this.until.get('all') ?? 0);
    const waitMs = until - this.now();
    if (waitMs > 0) throw limited(waitMs);
  }

  /** Reads the head of an answer that was given. */
  note(bucket: Bucket, headers: Headers): void {
    if (Number(headers['x-ratelimit-remaining'] ?? 1) > 0) return;
    const resetAt = resetOf(headers);
    if (resetAt !== undefined) this.until.set(bucket, resetAt);
  }

  /**
   * Milliseconds to wait where an answer with this status says that there were too many requests; undefined where it says
   * something else.
   */
  refusal(bucket: Bucket, status: number, headers: Headers, message: string): number | undefined {
    if (status !== 403 && status !== 429) return undefined;
    const retryAfter = Number(headers['retry-after'] ?? NaN);
    const used = String(headers['x-ratelimit-remaining'] ?? '') === '0';
    if (used && Number.isNaN(retryAfter)) {
      const until = resetOf(headers) ?? this.now() + SECONDARY_WAIT_MS;
      this.until.set(bucket, until);
      return Math.max(0, until - this.now());
    }
    const secondary = !Number.isNaN(retryAfter) || status === 429 || /rate limit|abuse detection/i.test(message);
    if (!secondary) return undefined;
    const waitMs = Number.isNaN(retryAfter) ? SECONDARY_WAIT_MS : retryAfter * 1_000;
    this.until.set('all', this.now() + waitMs);
    return waitMs;
  }
}

export function limited(retryAfterMs: number, cause?: unknown): OperationError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return new OperationError(
    'limited',
    `GitHub takes no more requests of the gateway for now; try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`,
    { retryAfterMs: Math.ceil(retryAfterMs) },
    { cause },
  );
}

/** `x-ratelimit-reset` is in seconds since 1970. */
function resetOf(headers: Headers): number | undefined {
  const reset = Number(headers['x-ratelimit-reset'] ?? NaN);
  return Number.isNaN(reset) ? undefined : reset * 1_000;
}
