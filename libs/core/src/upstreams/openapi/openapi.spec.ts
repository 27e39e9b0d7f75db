import fc from 'fast-check';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { documentIn } from './openapi-document.js';
import { toolsOf } from './openapi-operations.js';
import { requestFor } from './openapi-request.js';

const BASE = 'https://api.example.com/v1/';

function documentOf(paths: object, components: object = {}) {
  const info = { title: 'Pets', version: '1' };
  return documentIn({ openapi: '3.0.3', info, paths, components });
}

function onlyTool(operation: object, path = '/pets/{id}', method = 'get') {
  const { tools, leftOut } = toolsOf(documentOf({ [path]: { [method]: operation } }));
  expect(leftOut).toEqual([]);
  return [...tools.values()][0]!;
}

const inPath = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
const query = (name: string, more: object = {}) => ({ name, in: 'query', schema: {}, ...more });

describe('an operation', () => {
  it('with a long name is read at once', () => {
    const startedAt = performance.now();
    expect(onlyTool({ operationId: `a${'_'.repeat(200_000)}b` }, '/pets').definition.name).toBe('a');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('becomes a tool with a schema of all its parameters', () => {
    const tool = onlyTool({
      operationId: 'pets.get',
      summary: 'One pet',
      description: 'Tells about a pet.',
      parameters: [
        inPath,
        { name: 'X-Trace', in: 'header', description: 'Marks the call', schema: { type: 'string' } },
      ],
    });
    expect(tool.definition).toEqual({
      name: 'pets.get',
      title: 'One pet',
      description: 'One pet',
      inputSchema: {
        type: 'object',
        properties: { id: { type: 'string' }, 'X-Trace': { type: 'string', description: 'Marks the call' } },
        required: ['id'],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: true, openWorldHint: true },
    });
  });

  it.each([
    ['get', { readOnlyHint: true, openWorldHint: true }],
    ['post', { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true }],
    ['put', { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true }],
    ['patch', { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true }],
    ['delete', { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true }],
  ])('by %s says what it does', (method, annotations) => {
    expect(onlyTool({ parameters: [inPath] }, '/pets/{id}', method).definition.annotations).toEqual(annotations);
  });

  it('brings the schemas that it refers to, also those that contain themselves, as JSON Schema', () => {
    const components = {
      schemas: {
        Node: {
          type: 'object',
          properties: {
            name: { type: 'string', nullable: true, example: 'x' },
            weight: { type: 'number', minimum: 0, exclusiveMinimum: true },
            children: { type: 'array', items: { $ref: '#/components/schemas/Node' } },
          },
        },
      },
    };
    const schema = { $ref: '#/components/schemas/Node' };
    const requestBody = { required: true, content: { 'application/json': { schema } } };
    const { tools } = toolsOf(documentOf({ '/nodes': { post: { operationId: 'add', requestBody } } }, components));
    const { inputSchema } = tools.get('add')!.definition as unknown as { inputSchema: object };
    expect(inputSchema).toEqual({
      type: 'object',
      properties: { body: { $ref: '#/$defs/Node' } },
      required: ['body'],
      additionalProperties: false,
      $defs: {
        Node: {
          type: 'object',
          properties: {
            name: { type: ['string', 'null'] },
            weight: { type: 'number', exclusiveMinimum: 0 },
            children: { type: 'array', items: { $ref: '#/$defs/Node' } },
          },
        },
      },
    });
    const validate = new Ajv2020().compile(inputSchema);
    expect(validate({ body: { name: null, weight: 1, children: [{ name: 'a', children: [] }] } })).toBe(true);
    expect(validate({ body: { weight: 0 } })).toBe(false);
  });

  it('keeps arguments of one name in two places apart', () => {
    const tool = onlyTool({ parameters: [inPath, query('id'), query('body')] });
    expect(tool.parameters.map(({ argument }) => argument)).toEqual(['id', 'id_in_query', 'body_in_query']);
    expect(requestFor(tool, { id: 'a', id_in_query: 'b', body_in_query: 'c' }, BASE).url).toBe(
      `${BASE}pets/a?id=b&body=c`,
    );
  });

  it.each([
    ['a slot that nothing fills', { '/a/{b}': { get: {} } }, 'nothing says what {b} is'],
    [
      'a needed cookie',
      { '/a': { get: { parameters: [{ name: 'c', in: 'cookie', required: true }] } } },
      'in a cookie',
    ],
    [
      'a body of files',
      { '/a': { post: { requestBody: { content: { 'multipart/form-data': {} } } } } },
      'neither JSON',
    ],
    ['a name that is taken', { '/a': { get: { operationId: 'x' }, put: { operationId: 'x' } } }, 'its name is taken'],
  ])('with %s is left out, and it is told why', (_what, paths, reason) => {
    expect(toolsOf(documentOf(paths)).leftOut.join()).toContain(reason);
  });
});

describe('arguments', () => {
  it.each<[string, object, object, string]>([
    ['a list', query('tag'), { tag: ['a', 'b'] }, '?tag=a&tag=b'],
    ['a list in one', query('tag', { explode: false }), { tag: ['a', 'b'] }, '?tag=a%2Cb'],
    ['a list with blanks', query('tag', { style: 'spaceDelimited', explode: false }), { tag: ['a', 'b'] }, '?tag=a+b'],
    ['a list with pipes', query('tag', { style: 'pipeDelimited', explode: false }), { tag: ['a', 'b'] }, '?tag=a%7Cb'],
    ['an object', query('by'), { by: { name: 'x', age: 3 } }, '?name=x&age=3'],
    ['a deep object', query('by', { style: 'deepObject' }), { by: { name: 'x' } }, '?by%5Bname%5D=x'],
    ['a number', query('n'), { n: 0 }, '?n=0'],
    ['nothing', query('n'), {}, ''],
    ['null', query('n'), { n: null }, ''],
  ])('in the query: %s', (_what, parameter, given, search) => {
    const tool = onlyTool({ parameters: [parameter] }, '/pets');
    expect(requestFor(tool, given as Record<string, unknown>, BASE).url).toBe(`${BASE}pets${search}`);
  });

  it('in a body become JSON or a form, as the API wants it', () => {
    const json = onlyTool({ requestBody: { content: { 'application/json': { schema: {} } } } }, '/a', 'post');
    expect(requestFor(json, { body: { a: [1] } }, BASE)).toMatchObject({
      body: '{"a":[1]}',
      headers: { 'content-type': 'application/json' },
    });
    const form = onlyTool({ requestBody: { content: { 'application/x-www-form-urlencoded': {} } } }, '/a', 'post');
    expect(requestFor(form, { body: { a: 'x&y=z', b: [1, 2] } }, BASE).body).toBe('a=x%26y%3Dz&b=1&b=2');
    expect(() => requestFor(form, { body: 'a=b' }, BASE)).toThrow('body: expected an object');
  });

  const tool = onlyTool({ parameters: [inPath, query('q'), { name: 'X-Mark', in: 'header' }] });
  it.each([
    ['.', 'id'],
    ['..', 'id'],
    ['%2e%2e', undefined],
    ['', 'id'],
  ])('in the path: %j', (id, refused) => {
    if (refused !== undefined) expect(() => requestFor(tool, { id }, BASE)).toThrow(`${refused}: expected`);
    else expect(new URL(requestFor(tool, { id }, BASE).url).pathname).toBe('/v1/pets/%252e%252e');
  });

  it.each(['a\r\nHost: evil', 'a\nb', 'a\0b', '\u{1f600}'])('no header holds %j', (mark) => {
    expect(() => requestFor(tool, { id: 'a', 'X-Mark': mark }, BASE)).toThrow('X-Mark: expected a text that a header');
  });

  it('that the operation does not have are refused, and those that it needs are missed', () => {
    expect(() => requestFor(tool, { id: 'a', other: 1 }, BASE)).toThrow('other: expected no such argument');
    expect(() => requestFor(tool, {}, BASE)).toThrow('id: expected a value, got nothing');
    expect(() => requestFor(tool, { id: { a: {} } }, BASE)).toThrow('id: expected a text');
    expect(() => requestFor(tool, { id: '\ud800' }, BASE)).toThrow('id: expected whole characters');
  });

  it('never leave their slot, whatever they hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (id, q) => {
        fc.pre(!/^\.{1,2}$|\p{Surrogate}/u.test(id) && !/\p{Surrogate}/u.test(q));
        const url = new URL(requestFor(tool, { id, q }, BASE).url);
        const parts = url.pathname.split('/');
        expect([url.origin, parts.length, parts.slice(0, 3)]).toEqual([
          'https://api.example.com',
          4,
          ['', 'v1', 'pets'],
        ]);
        expect(decodeURIComponent(parts[3]!)).toBe(id);
        expect([...url.searchParams]).toEqual([['q', q]]);
        expect(url.hash).toBe('');
      }),
    );
  });
});
