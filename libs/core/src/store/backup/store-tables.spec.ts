import { describe, expect, it } from 'vitest';
import { inOrder } from './store-tables.js';

const ordered = (tables: Record<string, string[]>) =>
  inOrder(Object.entries(tables).map(([name, needs]) => ({ name, needs }))).map(({ name }) => name);

describe('tables are loaded', () => {
  it.each<[string, Record<string, string[]>, string[]]>([
    ['as they come when none needs another', { b: [], a: [] }, ['b', 'a']],
    ['after what they refer to', { a: ['b'], b: ['c'], c: [] }, ['c', 'b', 'a']],
    ['after all that they refer to', { a: ['b', 'c'], b: ['c'], c: [], d: ['a'] }, ['c', 'b', 'a', 'd']],
    ['whatever they refer to outside of the backup', { a: ['elsewhere'], b: ['a'] }, ['a', 'b']],
    ['last when they refer to each other', { a: ['b'], b: ['a'], c: [] }, ['c', 'a', 'b']],
    ['not at all when there are none', {}, []],
  ])('%s', (_what, tables, order) => {
    expect(ordered(tables)).toEqual(order);
  });
});
