import { describe, expect, it } from 'vitest';
import { judgeSchema } from './schema-rules.js';

const REMOTE = 'a schema refers to a remote one';
const VALUE = 'a schema hides characters in a value';
const NAME = 'a schema hides characters in a name';
const away = { $ref: 'http://169.254.169.254/x.json' };

describe('a schema is refused', () => {
  it.each(['default', 'enum', 'const', 'examples', 'title'])('for a reference in a property called %s', (name) => {
    for (const names of ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']) {
      expect(judgeSchema({ [names]: { [name]: away } })).toEqual({ refused: REMOTE });
    }
  });

  it.each([
    ['a reference', away],
    ['a reference to a file beside it', { $ref: 'other.json#/a' }],
    ['a dynamic reference', { items: { $dynamicRef: '//host/x#a' } }],
    ['a recursive reference', { not: { $recursiveRef: 'x' } }],
    ['a reference in a value that a pointer leads to', { $ref: '#/default', default: away }],
    ['a reference in examples', { examples: [away] }],
    ['an address within it that references start from', { $ref: '#/x', x: { $id: 'http://host/a', $ref: '#/b' } }],
    ['the same of draft 4', { allOf: [{ id: 'http://host/a', items: { $ref: '#/b' } }] }],
  ])('for %s', (_what, schema) => {
    expect(judgeSchema(schema)).toEqual({ refused: REMOTE });
  });

  it.each(['http://169.254.169.254/', 'https://json-schema.org.example/draft', 'x'])(
    'for the dialect %s',
    ($schema) => {
      expect(judgeSchema({ $schema })).toEqual({ refused: 'a schema names a dialect that is not of json-schema.org' });
    },
  );

  it.each([
    ['an enum', { enum: ['a', 'b\u{e0041}'] }],
    ['a constant', { items: { const: '\u202e' } }],
    ['a default', { properties: { a: { default: { title: 'x\u200b' } } } }],
    ['a pattern', { pattern: 'a\u2066b' }],
    ['a required name', { required: ['a\u200b'] }],
    ['an emoji with a flood of selectors', { enum: ['❤\ufe0f\ufe0f\ufe01'] }],
  ])('for what hides in %s', (_what, schema) => {
    expect(judgeSchema(schema)).toEqual({ refused: VALUE });
  });

  it.each([
    ['a property', { properties: { 'a\u200b': {} } }],
    ['a keyword', { 'x\u200b': 1 }],
    ['a default', { default: { 'a\u200b': 1 } }],
  ])('for what hides in a name of %s', (_what, schema) => {
    expect(judgeSchema(schema)).toEqual({ refused: NAME });
  });
});

describe('a schema is taken', () => {
  it.each([
    ['that refers to itself', { $id: 'https://host/x', $ref: '#/$defs/a', $defs: { a: { $ref: '#' } } }],
    ['of a known dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }],
    ['with properties of such names', { properties: { $ref: { type: 'string' }, $schema: {}, $id: {}, id: {} } }],
    ['with a dialect in a value', { default: { $schema: 'https://host/x' } }],
    [
      'with emoji in a value',
      { enum: ['❤️', '👩‍💻', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', '🇩🇪', '1️⃣'] },
    ],
  ])('%s', (_what, schema) => {
    expect(judgeSchema(schema)).toEqual({ schema });
  });

  it('without what hides in texts that are read', () => {
    const hidden = 'a\u200bb';
    const read = { title: hidden, description: hidden, $comment: hidden, examples: [{ a: hidden }] };
    const shown = { title: 'ab', description: 'ab', $comment: 'ab', examples: [{ a: 'ab' }] };
    const schema = (inner: object) => ({ ...inner, properties: { title: inner }, items: [inner] });
    expect(judgeSchema(schema(read))).toEqual({ schema: schema(shown) });
  });
});
