import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeaderValue } from '../doors/mcp/inbound.js';
import type { Params } from './connection.js';
import { encodeHeaderValue, mirroringHeaders } from './header-values.js';

describe('a value in a header', () => {
  it.each([
    ['us-west1', 'us-west1'],
    ['a b', 'a b'],
    ['', '=?base64??='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
  ])('%j goes as %s', (text, header) => {
    expect(encodeHeaderValue(text)).toBe(header);
  });

  it('is read as what it was, and is one that HTTP allows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const header = encodeHeaderValue(text);
        expect(decodeHeaderValue(header)).toBe(text);
        expect(header).toMatch(/^[\x20-\x7e\t]*$/);
      }),
    );
  });
});

const region = { type: 'string', 'x-mcp-header': 'Region' };
const schemaOf = (properties: Params): Params => ({ type: 'object', properties });

describe('arguments that are repeated in headers', () => {
  it.each<[string, Params, Params, Params]>([
    ['a text', { region }, { region: 'eu' }, { 'mcp-param-region': 'eu' }],
    ['a nested one', { place: schemaOf({ region }) }, { place: { region: 'eu' } }, { 'mcp-param-region': 'eu' }],
    ['a whole number', { n: { type: 'integer', 'x-mcp-header': 'N' } }, { n: 42 }, { 'mcp-param-n': '42' }],
    ['yes and no', { y: { type: 'boolean', 'x-mcp-header': 'Y' } }, { y: false }, { 'mcp-param-y': 'false' }],
    ['none that is missing', { region }, {}, {}],
    ['none that is null', { region }, { region: null }, {}],
    ['none of another type', { region }, { region: { a: 1 } }, {}],
    ['none that is marked with no token', { region: { ...region, 'x-mcp-header': 'a b' } }, { region: 'eu' }, {}],
    ['none of a type that may not be marked', { region: { ...region, type: 'number' } }, { region: 1 }, {}],
    [
      'none where two marks are the same',
      { region, other: { ...region, 'x-mcp-header': 'REGION' } },
      { region: 'eu' },
      {},
    ],
    ['none through a prototype', { toString: region }, {}, {}],
  ])('%s', (_what, properties, given, expected) => {
    const params = { name: 'tool', arguments: given };
    expect(mirroringHeaders('tools/call', params, schemaOf(properties))).toEqual({
      'mcp-method': 'tools/call',
      'mcp-name': 'tool',
      ...expected,
    });
  });

  it.each([
    ['prompts/get', { name: 'p' }, { 'mcp-name': 'p' }],
    ['resources/read', { uri: 'file:///ü' }, { 'mcp-name': '=?base64?ZmlsZTovLy/DvA==?=' }],
    ['tools/list', { name: 'x' }, {}],
  ])('the name of %s', (method, params, expected) => {
    expect(mirroringHeaders(method, params, undefined)).toEqual({ 'mcp-method': method, ...expected });
  });

  it('are refused where no server would take them', () => {
    const uri = `file:///${'x'.repeat(9_000)}`;
    expect(() => mirroringHeaders('resources/read', { uri }, undefined)).toThrow(/over 8192 bytes/);
  });
});
