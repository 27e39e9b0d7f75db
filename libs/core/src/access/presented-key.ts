import { hash } from 'node:crypto';

/** What headers have presented last. */
interface Presented {
  readonly key: string;
  readonly digest: string;
}

/** Kept on the headers that brought it, which requests share whose heads are the same: it goes when those go. */
const PRESENTED = Symbol('presented key');
type Headers = object & { [PRESENTED]?: Presented };

/** By which keys are known that were recognised before; it costs a fraction of their hash. */
export function digestOf(key: string): string {
  return hash('sha256', key, 'binary');
}

/**
 * The digest of a key that came with the same headers before. This is arithmetic and vouches for nothing: whether it is a
 * key's is asked at each request. The comparison takes as long wherever the texts differ, since another client may have
 * presented the key before.
 */
export function digestBefore(key: string, headers: Headers): string | undefined {
  const last = headers[PRESENTED];
  return last && isSame(key, last.key) ? last.digest : undefined;
}

/** Makes the digest of a key that headers have brought, and keeps it with them. */
export function presentedDigest(key: string, headers: Headers): string {
  const digest = digestOf(key);
  headers[PRESENTED] = { key, digest };
  return digest;
}

function isSame(text: string, other: string): boolean {
  if (text.length !== other.length) return false;
  let differences = 0;
  for (let i = 0; i < text.length; i += 1) differences |= text.charCodeAt(i) ^ other.charCodeAt(i);
  return differences === 0;
}
