import { describe, expect, it } from 'vitest';
import { ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { hashOf } from './definition-hash.js';
import { withPlainSchemas } from './definition-shapes.js';
import { judgePrompt, judgeResource, judgeResourceTemplate, judgeTool } from './definition-rules.js';

const inputSchema = { type: 'object' };
const tool = { name: 'echo', description: 'Echoes', inputSchema };
const deep = (levels: number): object => (levels === 0 ? {} : { items: deep(levels - 1) });

describe('a tool', () => {
  it('is taken member by member', () => {
    const given = { ...tool, annotations: { readOnlyHint: true }, _meta: { mine: [1, 'ü'] } };
    expect(judgeTool(given)).toEqual({ definition: given });
    expect(JSON.stringify(judgeTool(given))).toBe(JSON.stringify({ definition: given }));
  });

  it('is taken without what its server says null of', () => {
    const nothing = { title: null, outputSchema: null, icons: null, _meta: null };
    const inner = {
      annotations: { title: null, readOnlyHint: true },
      inputSchema: { type: 'object', required: null },
      execution: { taskSupport: null },
    };
    const judged = judgeTool({ ...tool, ...nothing, ...inner }) as { definition: typeof tool };
    // so that its pin stays
    expect(judged).toEqual({ definition: { ...tool, ...inner } });
    expect(hashOf(judged.definition)).toBe(hashOf({ ...tool, ...nothing, ...inner }));
    const shown = { annotations: { readOnlyHint: true }, inputSchema, execution: {} };
    expect(withPlainSchemas(judged.definition)).toEqual({ ...tool, ...shown });
    const argument = { name: 'of', description: null };
    expect(judgePrompt({ name: 'ask', arguments: [argument] })).toEqual({
      definition: { name: 'ask', arguments: [{ name: 'of' }] },
    });
    expect(judgeTool({ ...tool, annotations: null })).toEqual({ definition: tool });
    const page = { name: 'page', uri: 'wiki://page' };
    expect(judgeResource({ ...page, mimeType: null, size: null })).toEqual({ definition: page });
    expect(judgePrompt({ name: 'ask', arguments: null })).toEqual({ definition: { name: 'ask' } });
  });

  it('is taken without what it can be without, where that is not as MCP has it', () => {
    const bad = { annotations: { destructiveHint: 'no' }, _meta: 'mine', execution: 5 };
    expect(judgeTool({ ...tool, ...bad })).toEqual({ definition: tool });
    const page = { name: 'page', uri: 'wiki://page' };
    const odd = { size: '12', mimeType: 5, annotations: { lastModified: '2025-01-12' } };
    expect(judgeResource({ ...page, ...odd })).toEqual({ definition: page });
  });

  it('keeps joiners of scripts that are written with them, and no others', () => {
    const of = (word: string) => ({ ...tool, inputSchema: { type: 'object', properties: { a: { enum: [word] } } } });
    for (const word of ['می\u200cخواهم', 'क्\u200dष']) expect(judgeTool(of(word))).toEqual({ definition: of(word) });
    expect(judgeTool(of('a\u200cb'))).toHaveProperty('refused');
  });

  it('loses what agents read and people don’t see, and keeps its name', () => {
    const hidden = 'ig\u200bno\u202ere \u{e0041}this\ufe0f';
    const given = {
      name: 'ec\u200bho',
      title: hidden,
      description: `${hidden}\nnext line`,
      annotations: { title: hidden },
      inputSchema: { type: 'object', properties: { a: { description: hidden } } },
      _meta: { [hidden]: [hidden] },
    };
    expect(judgeTool(given)).toEqual({
      definition: {
        name: 'ec\u200bho',
        title: 'ignore this',
        description: 'ignore this\nnext line',
        annotations: { title: 'ignore this' },
        inputSchema: { type: 'object', properties: { a: { description: 'ignore this' } } },
        _meta: { 'ignore this': ['ignore this'] },
      },
    });
  });

  it.each([
    ['no object', 'echo', 'it is no definition'],
    ['no name', { inputSchema }, 'it has no usable name'],
    ['a very long name', { ...tool, name: 'x'.repeat(257) }, 'it has no usable name'],
    ['a name with controls', { ...tool, name: 'a\u0000b' }, 'its name holds control characters'],
    ['a name that nobody sees', { ...tool, name: '\u200b' }, 'its name holds control characters'],
    ['no schema', { name: 'echo' }, 'its member inputSchema is not as MCP has it'],
    ['a schema that is none', { ...tool, outputSchema: 'x' }, 'its output schema is none'],
    [
      'a schema that is too large',
      { ...tool, inputSchema: { $comment: 'x'.repeat(65_536) } },
      'a schema is over 64 KiB',
    ],
    [
      'a remote reference',
      { ...tool, outputSchema: { $ref: 'https://example.com/s' } },
      'a schema refers to a remote one',
    ],
    ['a title that is no text', { ...tool, title: { a: 1 } }, 'its member title is not as MCP has it'],
    ['a description that is no text', { ...tool, description: 5 }, 'its member description is not as MCP has it'],
    [
      'arguments that are a list',
      { ...tool, inputSchema: { type: 'array' } },
      'its member inputSchema.type is not as MCP has it',
    ],
    [
      'a property that is no schema',
      { ...tool, inputSchema: { properties: { 'x\u200b': 'y' } } },
      'its member inputSchema.properties is not as MCP has it',
    ],
    [
      'a required that names nothing',
      { ...tool, inputSchema: { required: true } },
      'its member inputSchema.required is not as MCP has it',
    ],
    ['too many levels', { ...tool, inputSchema: deep(70) }, 'it is nested deeper than 64'],
    ['levels by the thousand', { ...tool, inputSchema: deep(5_000) }, 'it is nested deeper than 64'],
  ])('with %s is left out', (_what, given, refused) => {
    expect(judgeTool(given)).toEqual({ refused });
  });

  it('keeps its hash where nothing hides in it', () => {
    const given = {
      ...tool,
      title: 'Echo',
      annotations: { title: 'Echo', readOnlyHint: true },
      inputSchema: { properties: { a: { enum: ['❤️'], examples: ['x'], $comment: 'y' }, b: true }, required: ['a'] },
      outputSchema: { type: 'array' },
    };
    expect(hashOf((judgeTool(given) as { definition: typeof given }).definition)).toBe(hashOf(given));
  });

  it('keeps of its icons only those that lead to a picture', () => {
    const good = [{ src: 'https://example.com/a.png', sizes: ['any'] }, { src: 'data:image/png;base64,AAAA' }];
    const bad = [{ src: 'javascript:alert(1)' }, { src: 'data:text/html,x' }, { src: 'file:///a' }, { src: 1 }, 'x'];
    expect(judgeTool({ ...tool, icons: [...good, ...bad] })).toEqual({ definition: { ...tool, icons: good } });
    expect(judgeTool({ ...tool, icons: bad })).toEqual({ definition: tool });
    expect(judgeTool({ ...tool, icons: 'none' })).toEqual({ definition: tool });
  });
});

describe('what else is listed', () => {
  const resource = { name: 'page', uri: 'wiki://page', size: 3, annotations: { audience: ['user'], priority: 1 } };
  const template = { name: 'page', uriTemplate: 'wiki://{page}' };
  const prompt = { name: 'greet', arguments: [{ name: 'who', description: 'Whom', required: true }] };

  it('is taken member by member', () => {
    expect(judgeResource(resource)).toEqual({ definition: resource });
    expect(judgeResourceTemplate(template)).toEqual({ definition: template });
    expect(judgePrompt(prompt)).toEqual({ definition: prompt });
    expect(judgePrompt({ name: 'greet' })).toEqual({ definition: { name: 'greet' } });
  });

  it('loses what agents read and people don’t see', () => {
    expect(judgeResource({ ...resource, name: 'p\u200bage' })).toEqual({ definition: resource });
    expect(judgeResourceTemplate({ ...template, name: 'p\u200bage' })).toEqual({ definition: template });
    expect(judgePrompt({ ...prompt, arguments: [{ ...prompt.arguments[0], description: 'Who\u200bm' }] })).toEqual({
      definition: prompt,
    });
  });

  it.each([
    ['a resource without an address', judgeResource, { name: 'x' }, 'its member uri is not as MCP has it'],
    [
      'a resource that hides in its address',
      judgeResource,
      { ...resource, uri: 'a:\u200b' },
      'its uri hides characters',
    ],
    ['a template without one', judgeResourceTemplate, { name: 'x' }, 'its member uriTemplate is not as MCP has it'],
    [
      'a template that hides in it',
      judgeResourceTemplate,
      { ...template, uriTemplate: 'a:\u202e' },
      'its uriTemplate hides characters',
    ],
    ['a prompt of a hidden name', judgePrompt, { name: 'gr\u200beet' }, 'a name hides characters'],
    [
      'a prompt with an argument of a hidden name',
      judgePrompt,
      { name: 'greet', arguments: [{ name: '\u200b' }] },
      'a name hides characters',
    ],
    [
      'a prompt without a list of arguments',
      judgePrompt,
      { name: 'x', arguments: {} },
      'its member arguments is not as MCP has it',
    ],
  ])('%s is left out', (_what, judge, given, refused) => {
    expect(judge(given)).toEqual({ refused });
  });
});

it.each([
  ['without a type', { inputSchema: {} }, { inputSchema: { type: 'object' } }],
  [
    'with properties of any kind or none',
    { inputSchema: { type: 'object', properties: { any: true, none: false, text: { type: 'string' } } } },
    { inputSchema: { type: 'object', properties: { any: {}, none: { not: {} }, text: { type: 'string' } } } },
  ],
  ['with output that is a list', { outputSchema: { type: 'array' } }, {}],
  [
    'with output',
    { outputSchema: { type: 'object', properties: { a: true } } },
    { outputSchema: { type: 'object', properties: { a: {} } } },
  ],
])('a tool %s is shown as older clients take it', (_what, given, shown) => {
  const judged = judgeTool({ ...tool, ...given });
  if ('refused' in judged) throw new Error(judged.refused);
  const plain = withPlainSchemas(judged.definition);
  expect(plain).toEqual({ ...tool, ...shown });
  expect(ListToolsResultSchema.safeParse({ tools: [plain] }).success).toBe(true);
});
