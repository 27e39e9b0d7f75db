import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWeakSecret } from './weak-secrets.js';

describe('a secret is weak', () => {
  it.each([
    'x'.repeat(32),
    'ab'.repeat(20),
    'secret'.repeat(6),
    '01234567890123456789012345678901',
    '0123456789abcdef0123456789abcdef',
    'abcdefghijklmnopqrstuvwxyz0123456789',
    '9876543210zyxwvutsrqponmlkjihgfedcba',
    'your-super-secret-jwt-key-min-32-chars-long',
    'your-super-secure-jwt-secret-key-minimum-32-characters',
    'your_super_secure_random_string_here_min_32_chars',
    'your_super_secret_jwt_key_change_this_in_production',
    'your-super-secret-jwt-token-with-at-least-32-characters-long',
    'a-string-secret-at-least-256-bits-long',
    'CHANGE_ME_CHANGE_ME_CHANGE_ME_123',
    'change this secret in production!!!',
    'qwertyuiopasdfghjklzxcvbnm1234567890',
    '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    '-----BEGIN PUBLIC KEY-----MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA',
  ])('%s', (secret) => {
    expect(isWeakSecret(secret)).toBe(true);
  });
});

describe('a secret is good', () => {
  it('when it is random', () => {
    fc.assert(
      fc.property(fc.constantFrom('base64', 'base64url', 'hex'), fc.integer({ min: 24, max: 64 }), (form, bytes) => {
        expect(isWeakSecret(randomBytes(bytes).toString(form as 'hex'))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('when it is a sentence that nobody else has', () => {
    expect(isWeakSecret('nine turtles rowed to Lisbon before breakfast')).toBe(false);
  });
});
