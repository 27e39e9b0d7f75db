import { describe, expect, it } from 'vitest';
import { fieldsOf, readForm } from './form-fields.js';

const schema = {
  type: 'object',
  required: ['query'],
  properties: {
    limit: { type: 'integer', default: 10 },
    query: { type: 'string', description: 'What to run' },
    order: { enum: ['up', 'down', 3] },
    exact: { type: 'boolean' },
    names: { type: 'array', items: { type: 'string' } },
    filter: { type: 'object' },
    ratio: { type: 'number' },
    host: { type: 'string' },
  },
};
const fields = fieldsOf(schema);

describe('the fields of a tool', () => {
  it.each([null, true, 'text'])('are there where a member of its schema is %j', (odd) => {
    expect(fieldsOf({ properties: { odd } }).map(({ name, kind }) => [name, kind])).toEqual([['odd', 'json']]);
  });

  it('are what its schema needs, the required ones first', () => {
    expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ['query', 'long', true],
      ['limit', 'number', false],
      ['order', 'choice', false],
      ['exact', 'switch', false],
      ['names', 'lines', false],
      ['filter', 'json', false],
      ['ratio', 'number', false],
      ['host', 'text', false],
    ]);
    expect(fields[1]).toMatchObject({ initial: '10' });
    expect(fields[2]).toMatchObject({ choices: ['up', 'down', '3'] });
  });

  it('of a tool without arguments are none', () => {
    expect(fieldsOf({ type: 'object' })).toEqual([]);
  });
});

describe('what was typed', () => {
  it('becomes values of the kinds that the schema asks for, and what is empty is left out', () => {
    const typed = {
      query: 'a',
      limit: '5',
      order: '3',
      exact: 'false',
      names: 'x\n\ny',
      filter: '{"a":1}',
      ratio: '',
      host: '7',
    };
    expect(readForm(fields, typed)).toEqual({
      arguments: { query: 'a', limit: 5, order: 3, exact: false, names: ['x', 'y'], filter: { a: 1 }, host: '7' },
      problems: {},
    });
  });

  it('is told what is wrong with it, field by field', () => {
    expect(readForm(fields, { limit: '1.5', ratio: 'many', filter: '{' })).toEqual({
      arguments: {},
      problems: {
        query: 'This is needed',
        limit: 'A whole number is needed',
        ratio: 'A number is needed',
        filter: 'JSON is needed here',
      },
    });
  });
});
