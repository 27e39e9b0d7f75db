import { describe, expect, it } from 'vitest';
import { isHost, isHostHeader } from './host-name.js';

describe('a host', () => {
  it.each([
    'localhost',
    'gateway.internal',
    'GATEWAY.internal.',
    'my_host-1',
    '3com.example',
    '0.0.0.0',
    '::',
    'fe80::1%lo',
  ])('%s is one', (text) => {
    expect(isHost(text)).toBe(true);
  });

  it.each([
    '',
    'a b',
    'zz canary/77',
    'a..b',
    '.a',
    'host:80',
    '[::1]',
    '127.1',
    '300.0.0.1',
    '10.0.0.0/8',
    '*',
    'http://a',
    'x'.repeat(64),
    'bücher.internal',
  ])('%j is none', (text) => {
    expect(isHost(text)).toBe(false);
  });
});

describe('a Host header', () => {
  it.each(['gateway.internal', 'gateway.internal:8443', '10.0.0.1', '10.0.0.1:80', '[::1]', '[fd00::1]:8443'])(
    '%s is one',
    (text) => {
      expect(isHostHeader(text)).toBe(true);
    },
  );

  it.each([
    '',
    '*',
    '*.internal',
    '::1',
    '[]',
    '[::1',
    '[a]',
    '[10.0.0.1]',
    'a:',
    'a:b',
    'a:123456',
    'a:1:2',
    'a/b',
    'a b:1',
  ])('%j is none', (text) => {
    expect(isHostHeader(text)).toBe(false);
  });
});
