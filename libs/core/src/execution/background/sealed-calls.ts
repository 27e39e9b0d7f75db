import { Injectable } from '@nestjs/common';
import { SecretKey } from '../../store/secret-key.js';
import { TextSeal } from '../../store/text-seal.js';

type Part = 'call' | 'checkpoint' | 'progress' | 'outcome';

/** What the store keeps of calls in the background that is nobody else's business. */
@Injectable()
export class SealedCalls {
  private readonly texts: TextSeal;

  constructor(secretKey: SecretKey) {
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
}
