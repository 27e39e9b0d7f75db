import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { invalidField, OperationError } from '#libs/kit';
import { MAX_TOKEN_BYTES } from './jwt-verifier.js';
import { JwtSettings } from './jwt.settings.js';
import { TokenSecrets } from './token-secrets.js';

/** Signs tokens with JWT_SECRET. They are kept nowhere, and can't be taken back before they expire. */
@Injectable()
export class TokenMint {
  constructor(
    private readonly secrets: TokenSecrets,
    private readonly settings: JwtSettings,
  ) {}

  /** Throws `not-configured` without a secret, `invalid` for a token that would be too long to be taken. */
  mint(subject: string, permissions: readonly string[], seconds = this.settings.expiresIn) {
    const { current } = this.secrets.now;
    if (!current) {
      throw new OperationError(
        'not-configured',
        'Tokens need a secret to be signed with; an operator sets JWT_SECRET',
        {
          missing: ['JWT_SECRET'],
        },
      );
    }
    const { issuer, audience } = this.settings;
    const iat = Math.floor(Date.now() / 1_000);
    const exp = iat + seconds;
    const token = jwt.sign({ sub: subject, permissions, iat, exp, jti: randomUUID() }, current, {
      algorithm: 'HS256',
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    });
    if (token.length > MAX_TOKEN_BYTES) {
      throw invalidField('permissions', `fewer, so that the token stays below ${MAX_TOKEN_BYTES} bytes`, 'too many');
    }
    return { token, expiresAt: new Date(exp * 1_000).toISOString() };
  }
}
