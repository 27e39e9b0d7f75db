import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { inOrder } from '../../catalog/canonical-json.js';
import { SecretKey } from '../../store/secret-key.js';
import { TextSeal } from '../../store/text-seal.js';

const DIGESTS = 'digests of background calls';

type Part = 'call' | 'checkpoint' | 'progress' | 'outcome';

/** What the store keeps of calls in the background that is nobody else's business. */
@Injectable()
export class SealedCalls {
  private readonly texts: TextSeal;

  constructor(private readonly secretKey: SecretKey) {
    this.texts = new TextSeal(secretKey, 'background calls');
  }

  seal(id: string, part: Part, value: unknown): string {
    return this.texts.seal(JSON.stringify(value), `${id} ${part}`);
  }

  /** Undefined where there is nothing, or what was sealed under a secret that is gone. */
  open(id: string, part: Part, sealed: string | null): unknown {
    const text = sealed === null ? undefined : this.texts.open(sealed, `${id} ${part}`);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /**
   * Of a caller's call, whatever the order of its members: under the secret in force first, then under those by which a
   * gateway with an older one may have told it.
   */
  digests(callerId: string, operation: string, given: Record<string, unknown>): [string, ...string[]] {
    const text = JSON.stringify([callerId, operation, inOrder(given)]);
    const under = (key: Buffer) => createHmac('sha256', key).update(text).digest('base64url');
    const [first, ...others] = this.secretKey.deriveAll(DIGESTS);
    return [under(first), ...others.map(under)];
  }
}
