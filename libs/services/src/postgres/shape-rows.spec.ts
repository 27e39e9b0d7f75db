import { expect, it } from 'vitest';
import { rowShape } from './shape-rows.js';

const namesOf = (names: string[]) =>
  rowShape(
    names.map((name) => ({ name, dataTypeID: 23 })),
    [],
  ).columns.map(({ name }) => name);

it('tells columns of one name apart, however many there are', () => {
  const names = namesOf(Array.from({ length: 50_000 }, () => 'a'));
  expect([names[0], names[1], names.at(-1), new Set(names).size]).toEqual(['a', 'a_2', 'a_50000', 50_000]);
});
