import { expect, it } from 'vitest';
import { ColumnTypes } from './column-types.js';

const signal = new AbortController().signal;

it('asks for a type once, and for those of a database anew once it may be another database', async () => {
  const catalog = new Map([
    ['23', ['23', 'integer', null, null]],
    ['70000', ['70000', 'mood[]', '69999', ',']],
  ]);
  const asked: unknown[] = [];
  const types = new ColumnTypes(({ params: [oids] }) => {
    asked.push(oids);
    const rows = [...catalog.values()].filter(([oid]) => oids?.includes(oid ?? ''));
    return Promise.resolve({ fields: [], rows, chars: 0, more: false, cut: false, tag: '' });
  });
  const fields = [
    { name: 'n', dataTypeID: 23 },
    { name: 'v', dataTypeID: 70_000 },
  ];
  const read = async () => (await types.of(fields, signal)).map(({ name, parse }) => [name, parse('{draft')]);

  expect(await read()).toEqual([
    ['integer', NaN],
    ['mood[]', '{draft'],
  ]);
  expect((await types.of(fields, signal))[1]?.parse('{ok}')).toEqual(['ok']);

  catalog.set('70000', ['70000', 'state', null, null]);
  types.forget();
  expect((await types.of(fields, signal))[1]?.parse('{ok}')).toBe('{ok}');
  expect(asked).toEqual(['{23,70000}', '{70000}']);
});
