import { describe, expect, it } from 'vitest';
import { Redactor } from '../../observability/redaction.js';
import { ExactTexts } from './exact-texts.js';

const texts = new ExactTexts(new Redactor(['correct-horse-battery']));

describe('what whoever approves a call sees of it', () => {
  it.each([
    '-----BEGIN PRIVATE KEY-----\nDELETE FROM courses; DROP TABLE users\n-----END PRIVATE KEY-----',
    'x://u:DELETE-FROM-courses@h/',
    'password=DELETE',
    'Bearer DROP.TABLE.users',
    '{"token": "rm -rf"}',
  ])('is what merely looks like a secret: %s', (text) => {
    expect(texts.of({ text, password: text, [text]: 1 })).toEqual({ text, password: text, [text]: 1 });
  });

  it('is no secret of the gateway', () => {
    expect(texts.of({ a: ['is correct-horse-battery'], 'correct-horse-battery': null })).toEqual({
      a: ['is ***'],
      '***': null,
    });
  });

  it.each([
    ['direction', 'a\u202eb\u2066', 'a\\u{202e}b\\u{2066}'],
    ['nothing to see', 'a\u200bb\ufeff\u3164', 'a\\u{200b}b\\u{feff}\\u{3164}'],
    ['tags', 'a\u{e0041}', 'a\\u{e0041}'],
    ['controls', 'a\u001b[8m\r', 'a\\u{1b}[8m\\u{d}'],
    ['lines and tabs, which stay', 'a\n\tb', 'a\n\tb'],
  ])('has marks written out: %s', (_what, text, shown) => {
    expect(texts.of({ [text]: text })).toEqual({ [shown]: shown });
  });

  it('is all of it, also of names that look alike, of long lists and of deep ones', () => {
    expect(texts.of({ 'a\u200b': 'hides', 'a\\u{200b}': 'shows' })).toEqual({
      'a\\u{200b}': 'hides',
      'a\\u{200b} (2)': 'shows',
    });
    const long = Array.from({ length: 20_000 }, (_, at) => at);
    expect(texts.of(long)).toEqual(long);
    const deep = JSON.parse(`${'['.repeat(100)}"end"${']'.repeat(100)}`) as unknown;
    expect(texts.of(deep)).toEqual(deep);
    const odd = JSON.parse('{"__proto__": {"a": 1}, "b": [true, null, 1.5]}') as unknown;
    expect(JSON.stringify(texts.of(odd))).toBe(JSON.stringify(odd));
  });
});

describe('what leaves the house', () => {
  it('is masked by its looks, and says so', () => {
    expect(texts.outside({ text: 'password=DELETE' })).toEqual({ value: { text: 'password=***' }, isMasked: true });
    expect(texts.outside({ token: 'DELETE' })).toEqual({ value: { token: '***' }, isMasked: true });
    expect(texts.outside(['correct-horse-battery', '\u202e'])).toEqual({ value: ['***', '\u202e'], isMasked: false });
  });
});
