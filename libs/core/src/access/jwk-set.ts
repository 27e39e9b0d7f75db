import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** Algorithms of a key, by what it is: its type, and its curve. */
const algorithmsByType = new Map<unknown, readonly string[]>([
  ['RSA', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['P-256', ['ES256']],
  ['P-384', ['ES384']],
  ['P-521', ['ES512']],
]);

export const asymmetricAlgorithms: readonly string[] = [...algorithmsByType.values()].flat();

const MAX_KEYS = 100;
const MAX_KID = 500;
const MIN_RSA_BITS = 2_048;

/** The public keys of an issuer (RFC 7517). What is no key for signatures that are taken here is left out. */
export class JwkSet {
  private readonly named = new Map<string, KeyObject>();
  private readonly byAlgorithm = new Map<string, KeyObject[]>();

  /** Throws for a text that is no JWK set. */
  constructor(text: string) {
    const { keys } = (JSON.parse(text) ?? {}) as { keys?: unknown };
    if (!Array.isArray(keys)) throw new Error('it holds no array `keys`');
    for (const jwk of keys.slice(0, MAX_KEYS) as unknown[]) this.add((jwk ?? {}) as JsonWebKey);
  }

  get isEmpty(): boolean {
    return this.byAlgorithm.size === 0;
  }

  /** A token that names no key is taken where one alone fits. */
  find(algorithm: string, kid: string | undefined): KeyObject | undefined {
    if (kid !== undefined) return this.named.get(`${algorithm} ${kid}`);
    const fitting = this.byAlgorithm.get(algorithm) ?? [];
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  private add(jwk: JsonWebKey): void {
    const algorithms = algorithmsOf(jwk);
    const key = algorithms.length > 0 ? publicKeyOf(jwk) : undefined;
    if (!key) return;
    for (const algorithm of algorithms) {
      this.byAlgorithm.set(algorithm, [...(this.byAlgorithm.get(algorithm) ?? []), key]);
      if (typeof jwk.kid === 'string' && jwk.kid.length <= MAX_KID) this.named.set(`${algorithm} ${jwk.kid}`, key);
    }
  }
}

/** None for a key that is for something else. */
function algorithmsOf({ kty, crv, alg, use, key_ops: operations }: JsonWebKey): readonly string[] {
  if (use !== undefined && use !== 'sig') return [];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return [];
  const fitting =
    (kty === 'EC' ? algorithmsByType.get(crv) : kty === 'RSA' ? algorithmsByType.get(kty) : undefined) ?? [];
  return alg === undefined ? fitting : fitting.filter((name) => name === alg);
}

function publicKeyOf(jwk: JsonWebKey): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return bits !== undefined && bits < MIN_RSA_BITS ? undefined : key;
  } catch {
    return undefined;
  }
}
