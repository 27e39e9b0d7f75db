import type { SecretKey } from '../store/secret-key.js';
import { hashKey } from './key-format.js';

/** What a key's hash is made with, and a short name of it that tells nothing about it. */
export interface Pepper {
  id: string;
  bytes: Buffer;
}

/** The pepper of MCP_SECRET_KEY and, while that is being changed, of the secret before it. */
export class KeyPeppers {
  readonly current: Pepper;
  readonly previous: Pepper | undefined;

  constructor(secretKey: SecretKey) {
    this.current = {
      id: secretKey.derive('api-key-pepper-id', 6).toString('base64url'),
      bytes: secretKey.derive('api-key-pepper'),
    };
    const id = secretKey.derivePrevious('api-key-pepper-id', 6)?.toString('base64url');
    const bytes = secretKey.derivePrevious('api-key-pepper');
    this.previous = id !== undefined && bytes ? { id, bytes } : undefined;
  }

  /** Whether keys that were hashed under this pepper can be recognised. */
  knows(id: string): boolean {
    return id === this.current.id || id === this.previous?.id;
  }

  hash(key: string): string {
    return hashKey(key, this.current.bytes);
  }

  hashPreviously(key: string): string | undefined {
    return this.previous && hashKey(key, this.previous.bytes);
  }
}
