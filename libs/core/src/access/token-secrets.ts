import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtSettings } from './jwt.settings.js';

/** The secrets of tokens as they are now. Another object as soon as they are others. */
interface Secrets {
  readonly texts: readonly (string | undefined)[];
  readonly current: KeyObject | undefined;
  readonly previous: KeyObject | undefined;
}

/** JWT_SECRET, which signs and checks, and JWT_SECRET_PREVIOUS, which checks what was signed before. */
@Injectable()
export class TokenSecrets {
  private made: Secrets | undefined;

  constructor(private readonly settings: JwtSettings) {}

  get now(): Secrets {
    const { secret, secretPrevious } = this.settings;
    const [current, previous] = this.made?.texts ?? [];
    if (!this.made || current !== secret || previous !== secretPrevious) {
      this.made = { texts: [secret, secretPrevious], current: keyOf(secret), previous: keyOf(secretPrevious) };
    }
    return this.made;
  }

  /** The secret that may have signed a token. */
  keyFor(token: string): KeyObject | undefined {
    const { current, previous } = this.now;
    return previous && isSignedWith(previous, token) ? previous : current;
  }
}

/** With a text in place of a KeyObject a check takes 45 times as long. */
function keyOf(secret: string | undefined): KeyObject | undefined {
  return secret === undefined ? undefined : createSecretKey(Buffer.from(secret));
}

function isSignedWith(secret: KeyObject, token: string): boolean {
  const end = token.lastIndexOf('.');
  const own = createHmac('sha256', secret).update(token.slice(0, end)).digest();
  const given = Buffer.from(token.slice(end + 1), 'base64url');
  return given.length === own.length && timingSafeEqual(given, own);
}
