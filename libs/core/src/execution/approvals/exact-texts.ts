import { Injectable } from '@nestjs/common';
import { Redactor } from '../../observability/redaction.js';
import { withTexts } from './exact-value.js';
import { writtenOut } from './written-out.js';

/**
 * What a call says, for the one who answers for it: all of it but the gateway's own secrets. What merely looks like a secret
 * is shown, since whoever asks could give anything that form, and what nobody would see is written out.
 */
@Injectable()
export class ExactTexts {
  constructor(private readonly redactor: Redactor) {}

  of<T>(value: T): T {
    return withTexts(value, (text) => writtenOut(this.redactor.withoutHeld(text))) as T;
  }

  /** As it may leave the house, where what looks like a secret stays; `isMasked` where that is less. */
  outside<T>(value: T): { value: T; isMasked: boolean } {
    const masked = this.redactor.value(value) as T;
    const exact = withTexts(value, (text) => this.redactor.withoutHeld(text));
    return { value: masked, isMasked: JSON.stringify(masked) !== JSON.stringify(exact) };
  }
}
