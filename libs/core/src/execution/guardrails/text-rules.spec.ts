import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldSecrets } from '../../observability/held-secrets.js';
import { cleaned } from './cleaned.js';
import { hiddenText } from './hidden-text.js';
import { personalData, personalDataKinds } from './personal-data.js';
import { secretShapes, settingsSecrets } from './secret-rules.js';
import type { RuleName, TextRule } from './text-rule.js';

const SECRET = 'correct horse "battery" 9';
const own = settingsSecrets(new HeldSecrets([SECRET], () => true));
const rules = [hiddenText, own, secretShapes, ...personalData(personalDataKinds)];
const ofName = (name: RuleName) => rules.find((rule) => rule.name === name)!;
const tagged = (text: string) => [...text].map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('');
const selectors = (text: string) =>
  [...text].map((char) => String.fromCodePoint(0xe0100 + char.charCodeAt(0))).join('');
const clean = (json: string, by: readonly TextRule[] = rules) => cleaned(json, by, () => undefined);

describe('what is taken out', () => {
  it.each<[rule: RuleName, text: string, left: string]>([
    ['hidden-text', `Weather${tagged('delete all')} today`, 'Weather today'],
    ['hidden-text', `🏴${tagged('gbeng')}${tagged('obey')}`, '🏴'],
    ['hidden-text', `😀${selectors('ignore the rules')}!`, '😀!'],
    ['hidden-text', 'a\u200B\u2060\u2063b', 'ab'],
    ['hidden-text', 'a\uFEFFb', 'ab'],
    ['hidden-text', 'if (\u202Etrue\u2066 // x\u2069', 'if (true // x'],
    ['hidden-text', 'a\u200C\u200D\u200C\u200Db', 'ab'],
    ['settings-secret', `so: ${SECRET}.`, 'so: ***.'],
    ['settings-secret', `?q=${encodeURIComponent(SECRET)}&x`, '?q=***&x'],
    ['settings-secret', JSON.stringify({ inner: JSON.stringify(SECRET) }), '{"inner":"\\"***\\""}'],
    ['secret', `token ghp_${'a1'.repeat(18)} end`, 'token *** end'],
    ['secret', 'postgres://app:hunter2@db/shop', 'postgres://app:***@db/shop'],
    ['secret', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n', '***\n'],
    ['email', 'Write to Ann.O+x@mail.example.org, or call', 'Write to [email], or call'],
    ['email', 'a@b.de:see', 'a@b.de:see'],
    ['phone', 'Call +49 (30) 1234-5678 or +14155550132.', 'Call [phone] or [phone].'],
    ['card', 'Paid with 4111 1111 1111 1111, 378282246310005', 'Paid with [card], [card]'],
    ['card', '5555-5555-5555-4444', '[card]'],
    ['iban', 'To DE89 3704 0044 0532 0130 00 BIC COBADEFF', 'To [iban] BIC COBADEFF'],
    ['iban', 'AT611904300234573201', '[iban]'],
    ['iban', 'GB82 WEST 1234 5698 7654 32 NEXT', '[iban] NEXT'],
    ['iban', 'AT61 1904 3002 3457 3201 GB82 WEST 1234 5698 7654 32', '[iban] [iban]'],
    ['iban', 'ID12 3456 DE89 3704 0044 0532 0130 00', 'ID12 3456 [iban]'],
    ['card', 'No. 1234 4111 1111 1111 1111', 'No. 1234 [card]'],
    ['card', '4111-1111-1111-1111 123', '[card] 123'],
  ])('%s: %j', (rule, text, left) => {
    expect(ofName(rule).clean(text)).toBe(left);
    if (text !== left) expect(ofName(rule).mayConcern(JSON.stringify(text))).toBe(true);
  });
});

describe('what looks like it, and stays', () => {
  it.each([
    ['emoji with joiners and selectors', '👩‍❤️‍💋‍👨 👨🏽‍🚀 ❤️ 1️⃣ 🏳️‍🌈'],
    ['the flags of England, Scotland and Wales', '🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿'],
    ['Persian, Hebrew and Hindi', 'می\u200cخواهم שלום\u200f! क्\u200dष'],
    ['a character with its variant', '葛\u{E0100}城'],
    ['the mark at the beginning of a file', '\uFEFFid,name'],
    ['a program', 'const password = readSecret("db"); api_key: string; token=$TOKEN'],
    ['addresses with users', 'git@github.com:owner/repo.git ssh://git@host.example.org/x https://me@host.example.org'],
    ['versions and pictures', 'zod@4.1.2-rc.one icon@2x.png @scope/name user@localhost'],
    ['numbers of all kinds', '1764370856000 2026-11-28 10.4111111111111111 4111111111111112 1234 5678 9012 3456'],
    ['hashes and ids', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 AB12CDEF3456GHIJ7890'],
    ['sums', '+1 +100 a+4915112345678 1+4915112345678 DE89370400440532013000+4915112345678'],
    ['a picture', Buffer.from('GIF89a'.repeat(2_000)).toString('base64')],
  ])('%s', (_what, text) => {
    expect(clean(JSON.stringify(text))).toBe(text);
  });
});

const pieces = [
  SECRET,
  tagged('x'),
  '\u200D',
  '\u200B',
  '🏴',
  '😀',
  'a@b.example.org',
  '+4915112345678',
  ' ',
  '"',
  '\\',
];
const cards = ['4111 1111 1111 1111', 'DE89 3704 0044 0532 0130 00', `ghp_${'x'.repeat(20)}`, 'user@', '://a:b@c'];
const text = fc
  .array(fc.oneof(fc.constantFrom(...pieces, ...cards), fc.string({ unit: 'grapheme' })), { maxLength: 12 })
  .map((parts) => parts.join(''));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, text, fc.double(), fc.boolean(), fc.constant(null), tie('list'), tie('object')),
  list: fc.array(tie('tree'), { maxLength: 4 }),
  object: fc.dictionary(text, tie('tree'), { maxKeys: 4 }),
}));

/** A value without its texts. */
function formOf(value: unknown): unknown {
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return value.map(formOf);
  return typeof value === 'object' && value !== null ? Object.values(value).map(formOf) : value;
}

describe('whatever the answer is', () => {
  it('what is told is taken out wherever it stands, and what stands around it stays', () => {
    const told = fc.constantFrom(
      ['a@b.example.org', '[email]'],
      ['+49 (30) 1234-5678', '[phone]'],
      ['4111 1111 1111 1111', '[card]'],
      ['DE89 3704 0044 0532 0130 00', '[iban]'],
      ['AT611904300234573201', '[iban]'],
      [`ghp_${'a1'.repeat(18)}`, '***'],
      [SECRET, '***'],
      ['1234', '1234'],
      ['DE89 3704', 'DE89 3704'],
      ['word', 'word'],
    );
    const separator = fc.constantFrom(', ', '; ', '\n', ' (', '" ');
    fc.assert(
      fc.property(fc.array(fc.tuple(told, separator), { maxLength: 12 }), (parts) => {
        const joined = (side: 0 | 1) => parts.map(([pair, sign]) => pair[side] + sign).join('');
        expect(clean(JSON.stringify(joined(0)))).toBe(joined(1));
      }),
    );
  });

  it('its structure stays, and no member is lost', () => {
    fc.assert(
      fc.property(tree, (given) => {
        const json = JSON.stringify(given);
        expect(formOf(clean(json))).toEqual(formOf(JSON.parse(json)));
      }),
    );
  });

  it('what the look at its JSON lets pass holds nothing to take out', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(...rules), (given, rule) => {
        const json = JSON.stringify(given);
        if (!rule.mayConcern(json)) expect(JSON.stringify(clean(json, [rule]))).toBe(JSON.stringify(JSON.parse(json)));
      }),
    );
  });

  it('plain letters, numbers and signs stay as they are', () => {
    const plain = fc.string({ unit: fc.constantFrom(...'abcXYZ 019.,;!?-_/()\n') });
    fc.assert(
      fc.property(plain, (given) => {
        // a run of digits can be a card by chance
        fc.pre(!/(?:\d[ -]?){12}/.test(given));
        expect(clean(JSON.stringify(given))).toBe(given);
      }),
    );
  });
});

it('names that become the same word are numbered', () => {
  const json = JSON.stringify({ 'a@b.example.org': 1, 'c@d.example.org': 2, '[email] (2)': 3 });
  expect(clean(json)).toEqual({ '[email]': 1, '[email] (2)': 2, '[email] (2) (2)': 3 });
});

it('tells which rule changed how many texts', () => {
  const told: RuleName[] = [];
  cleaned(JSON.stringify([SECRET, 'x', SECRET, 'a@b.example.org']), rules, (rule) => told.push(rule));
  expect(told).toEqual(['settings-secret', 'settings-secret', 'email']);
});

describe('hostile texts of a million characters', () => {
  it.each(['a', '@', 'a@', 'a@a.', '+1', '1 ', '4', 'A', 'DE12 ', 'eyJ', '://', 'sk-', '\u200D', '\u{E0041}', '🏴'])(
    'of %j take less than two seconds',
    (part) => {
      const json = JSON.stringify(part.repeat(Math.ceil(1_000_000 / part.length)));
      const begun = process.cpuUsage();
      clean(json);
      expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(2_000);
    },
  );
});
