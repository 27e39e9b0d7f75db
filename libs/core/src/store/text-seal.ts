import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretKey } from './secret-key.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals texts that the store keeps (AES-256-GCM): without the gateway's secret, a copy of the store tells nothing of them. */
export class TextSeal {
  constructor(
    private readonly secretKey: SecretKey,
    private readonly purpose: string,
  ) {}

  /** What is sealed for one place can't be opened at another. */
  seal(text: string, place: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.secretKey.derive(this.purpose), iv).setAAD(Buffer.from(place));
    const sealed = [cipher.update(text, 'utf8'), cipher.final()];
    return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]).toString('base64url');
  }

  /** Sealed anew, where it was sealed under an older secret; undefined where there is nothing to do. */
  renewed(sealed: string, place: string): string | undefined {
    const text = openedByAny(sealed, this.secretKey.deriveOlder(this.purpose), place);
    return text === undefined ? undefined : this.seal(text, place);
  }

  /** Undefined for what was sealed under a secret that is not known, or for another place. */
  open(sealed: string, place: string): string | undefined {
    return openedByAny(sealed, this.secretKey.deriveAll(this.purpose), place);
  }
}

function openedByAny(sealed: string, keys: readonly Buffer[], place: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  for (const key of keys) {
    const text = opened(bytes, key, place);
    if (text !== undefined) return text;
  }
  return undefined;
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
