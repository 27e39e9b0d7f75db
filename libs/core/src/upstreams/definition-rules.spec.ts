import { describe, expect, it } from 'vitest';
import { judgeListed, judgeTool } from './definition-rules.js';

const inputSchema = { type: 'object' };
const tool = { name: 'echo', description: 'Echoes', inputSchema };
const deep = (levels: number): object => (levels === 0 ? {} : { items: deep(levels - 1) });

describe('a tool', () => {
  it('is taken member by member', () => {
    const given = { ...tool, annotations: { readOnlyHint: true }, _meta: { mine: [1, 'ü\u200b'] } };
    expect(judgeTool(given)).toEqual({ definition: given });
  });

  it('loses what agents read and people don’t see, and keeps its name', () => {
    const hidden = 'ig\u200bno\u202ere \u{e0041}this\ufe0f';
    const given = {
      name: 'ec\u200bho',
      title: hidden,
      description: `${hidden}\nnext line`,
      inputSchema: { type: 'object', properties: { a: { description: hidden, enum: ['\u200b'] } } },
    };
    expect(judgeTool(given)).toEqual({
      definition: {
        name: 'ec\u200bho',
        title: 'ignore this',
        description: 'ignore this\nnext line',
        inputSchema: { type: 'object', properties: { a: { description: 'ignore this', enum: ['\u200b'] } } },
      },
    });
  });

  it.each([
    ['no object', 'echo', 'it is no definition'],
    ['no name', { inputSchema }, 'it has no usable name'],
    ['a very long name', { ...tool, name: 'x'.repeat(257) }, 'it has no usable name'],
    ['a name with controls', { ...tool, name: 'a\u0000b' }, 'its name holds control characters'],
    ['a name that nobody sees', { ...tool, name: '\u200b' }, 'its name holds control characters'],
    ['no schema', { name: 'echo' }, 'it has no input schema'],
    ['a schema that is none', { ...tool, outputSchema: 'x' }, 'its output schema is none'],
    [
      'a schema that is too large',
      { ...tool, inputSchema: { $comment: 'x'.repeat(65_536) } },
      'a schema is over 64 KiB',
    ],
    [
      'a remote reference',
      { ...tool, inputSchema: { $ref: 'https://example.com/s' } },
      'a schema refers to a remote one',
    ],
    [
      'a remote reference further in',
      { ...tool, inputSchema: { properties: { a: { anyOf: [{ $dynamicRef: 'other.json' }] } } } },
      'a schema refers to a remote one',
    ],
    ['too many levels', { ...tool, inputSchema: deep(70) }, 'it is nested deeper than 64'],
    ['levels by the thousand', { ...tool, inputSchema: deep(5_000) }, 'it is nested deeper than 64'],
  ])('with %s is left out', (_what, given, refused) => {
    expect(judgeTool(given)).toEqual({ refused });
  });

  it.each([
    ['refers to itself', { $ref: '#/$defs/a', $defs: { a: {} } }],
    ['has a property of that name', { properties: { $ref: { type: 'string' } } }],
    ['has such data', { default: { $ref: 'https://example.com' } }],
  ])('whose schema %s is taken', (_what, schema) => {
    expect(judgeTool({ ...tool, inputSchema: schema })).toEqual({ definition: { ...tool, inputSchema: schema } });
  });
});

it('a prompt needs no schema', () => {
  expect(judgeListed({ name: 'greet' })).toEqual({ definition: { name: 'greet' } });
});
