import { describe, expect, it } from 'vitest';
import { redact, redactText } from './redaction.js';

describe('secrets are known by the name of their member', () => {
  it.each([
    'password',
    'PASSWORD',
    'dbPassword',
    'passwd',
    'secret',
    'client_secret',
    'token',
    'accessToken',
    'refresh-token',
    'api_key',
    'apiKey',
    'X-API-Key',
    'authorization',
    'Cookie',
    'set-cookie',
    'private_key',
    'credentials',
  ])('%s', (name) => {
    expect(redact({ [name]: 'x', [`also`]: { [name]: { a: 1 } } })).toEqual({
      [name]: '[redacted]',
      also: { [name]: '[redacted]' },
    });
  });

  it.each(['message', 'maxTokens', 'tokensUsed', 'tokenCost', 'author', 'key', 'name', 'pageToken'])(
    '%s is none',
    (name) => {
      expect(redact({ [name]: 5 })).toEqual({ [name]: 5 });
    },
  );
});

describe('secrets are known by their shape', () => {
  it.each([
    `mcp_live_${'a1B2'.repeat(12)}`,
    `ghp_${'a'.repeat(36)}`,
    `ghs_${'a'.repeat(36)}`,
    `gho_${'a'.repeat(36)}`,
    `github_pat_${'a'.repeat(60)}`,
    `sk-${'a'.repeat(40)}`,
    'xoxb-1234567890-abcdef',
    'AKIAABCDEFGHIJKLMNOP',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\nMIIE cut off',
  ])('%s', (secret) => {
    expect(redactText(secret)).toBe('[redacted]');
    expect(redact([{ text: `before ${secret}` }])).toEqual([{ text: 'before [redacted]' }]);
  });

  it.each([
    ['postgres://user:pass@host/db', 'postgres://user:[redacted]@host/db'],
    ['Authorization: Bearer abcdefghijk', 'Authorization: Bearer [redacted]'],
    ['https://host/path?x=1', 'https://host/path?x=1'],
    ['a plain sentence about a bearer of news', 'a plain sentence about a bearer of news'],
  ])('in %s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });
});
