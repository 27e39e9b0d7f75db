import { hash } from 'node:crypto';

/** What a connection has presented last. */
interface Presented {
  readonly key: string;
  readonly digest: string;
}

/** Kept on the connection: it goes when that goes. */
const PRESENTED = Symbol('presented key');
type Connection = object & { [PRESENTED]?: Presented };

/** By which keys are known that were recognised before; it costs a fraction of their hash. */
export function digestOf(key: string): string {
  return hash('sha256', key, 'binary');
}

/**
 * The same for a key that a connection presents, which mostly presents one key time and again. This is arithmetic and
 * vouches for nothing: whether the digest is a key's is asked at each request. The comparison takes as long wherever
 * the texts differ, since behind a proxy another client may have presented the key before.
 */
export function presentedDigest(key: string, connection: Connection): string {
  const last = connection[PRESENTED];
  if (last && isSame(key, last.key)) return last.digest;
  const digest = digestOf(key);
  connection[PRESENTED] = { key, digest };
  return digest;
}

function isSame(text: string, other: string): boolean {
  if (text.length !== other.length) return false;
  let differences = 0;
  for (let i = 0; i < text.length; i += 1) differences |= text.charCodeAt(i) ^ other.charCodeAt(i);
  return differences === 0;
}
