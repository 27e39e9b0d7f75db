import { describe, expect, it } from 'vitest';
import { MirroredArguments } from './mirrored-arguments.js';

describe('arguments that headers repeat', () => {
  const mirrored = new MirroredArguments();
  mirrored.learn([
    {
      name: 'ask',
      inputSchema: {
        properties: {
          region: { type: 'string', 'x-mcp-header': 'Region' },
          where: { properties: { shard: { type: 'integer', 'x-mcp-header': 'Shard' } } },
          text: { type: 'string' },
        },
      },
    },
  ]);

  it('are those that the tool marks', () => {
    const given = { region: 'eu', where: { shard: 7 }, text: 'x' };
    expect(mirrored.headersOf({ name: 'ask', arguments: given })).toEqual({
      'Mcp-Param-Region': 'eu',
      'Mcp-Param-Shard': '7',
    });
  });

  it('are encoded where a header can’t hold them', () => {
    expect(mirrored.headersOf({ name: 'ask', arguments: { region: 'zürich' } })).toEqual({
      'Mcp-Param-Region': '=?base64?esO8cmljaA==?=',
    });
    expect(mirrored.headersOf({ name: 'ask', arguments: { region: '=?base64?x?=' } })['Mcp-Param-Region']).toMatch(
      /^=\?base64\?PT/,
    );
  });

  it.each([
    null,
    'text',
    { properties: null },
    { properties: 'text' },
    { properties: { a: null, b: true, c: 'text' } },
  ])('are none of a schema that is malformed: %j', (inputSchema) => {
    const malformed = new MirroredArguments();
    malformed.learn([{ name: 'odd', inputSchema }]);
    expect(malformed.headersOf({ name: 'odd', arguments: { a: 'x' } })).toEqual({});
  });

  it('are none for a tool that nobody has listed, or a call without arguments', () => {
    expect(mirrored.headersOf({ name: 'other', arguments: { region: 'eu' } })).toEqual({});
    expect(mirrored.headersOf({ name: 'ask' })).toEqual({});
  });
});
