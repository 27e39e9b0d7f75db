import type { SecretKey } from '../store/secret-key.js';
import { hashKey } from './key-format.js';

/** A key as it is kept, and a short name, which tells nothing, of the pepper that its hash was made with. */
export interface KeyHash {
  readonly hash: string;
  readonly pepperId: string;
}

const PURPOSE = 'api-key-pepper';

/** The peppers of MCP_SECRET_KEY and, while that is being changed, of the secrets before it. */
export class KeyPeppers {
  constructor(private readonly secretKey: SecretKey) {}

  /** Of the pepper in force. */
  get currentId(): string {
    return named(this.secretKey.derive(`${PURPOSE}-id`, 6));
  }

  /** Of those before: keys under them are to be hashed anew. */
  get olderIds(): string[] {
    return this.secretKey.deriveOlder(`${PURPOSE}-id`, 6).map(named);
  }

  get areOfOneSecret(): boolean {
    return this.secretKey.ids.length === 1;
  }

  /** Whether keys that were hashed under this pepper can be recognised. */
  knows(id: string): boolean {
    return this.secretKey.deriveAll(`${PURPOSE}-id`, 6).map(named).includes(id);
  }

  /** Under the pepper in force. */
  hash(key: string): KeyHash {
    return { hash: hashKey(key, this.secretKey.derive(PURPOSE)), pepperId: this.currentId };
  }

  /** Under each pepper, the one in force first; made as they are asked for. */
  *hashes(key: string): Generator<string> {
    for (const pepper of this.secretKey.deriveAll(PURPOSE)) yield hashKey(key, pepper);
  }
}

function named(id: Buffer): string {
  return id.toString('base64url');
}
