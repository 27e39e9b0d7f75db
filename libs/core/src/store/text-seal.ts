import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretKey } from './secret-key.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals texts that the store keeps (AES-256-GCM): without the gateway's secret, a copy of the store tells nothing of them. */
export class TextSeal {
  private readonly key: Buffer;
  private readonly previousKey: Buffer | undefined;

  constructor(secretKey: SecretKey, purpose: string) {
    this.key = secretKey.derive(purpose);
    this.previousKey = secretKey.derivePrevious(purpose);
  }

  /** What is sealed for one place can't be opened at another. */
  seal(text: string, place: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(place));
    const sealed = [cipher.update(text, 'utf8'), cipher.final()];
    return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]).toString('base64url');
  }

  /** Whether there is a secret before this one, under which something may still be sealed. */
  get hasPrevious(): boolean {
    return this.previousKey !== undefined;
  }

  /** Sealed anew, where it was sealed under the secret before this one; undefined where there is nothing to do. */
  renewed(sealed: string, place: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (!this.previousKey || opened(bytes, this.key, place) !== undefined) return undefined;
    const text = opened(bytes, this.previousKey, place);
    return text === undefined ? undefined : this.seal(text, place);
  }

  /** Undefined for what was sealed under another secret or for another place. */
  open(sealed: string, place: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    for (const key of [this.key, this.previousKey]) {
      const text = key && opened(bytes, key, place);
      if (text !== undefined) return text;
    }
    return undefined;
  }
}

function opened(bytes: Buffer, key: Buffer, place: string): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(place))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}
