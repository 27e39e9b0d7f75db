import type { OAuthTokens } from '@modelcontextprotocol/client';

/** A token is replaced this long before it expires, so that no request is on its way with an old one. */
const EARLY_MS = 30_000;

export interface Kept {
  readonly tokens: OAuthTokens;
  /** By `Date.now()`. */
  readonly receivedAt: number;
}

/** One without an expiry is good until it is refused. */
export function isFresh(kept: Kept | undefined): kept is Kept {
  if (!kept) return false;
  const { expires_in: seconds } = kept.tokens;
  return seconds === undefined || Date.now() < kept.receivedAt + seconds * 1_000 - EARLY_MS;
}
