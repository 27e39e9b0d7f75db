import { expect, it } from 'vitest';
import { ofFrozen } from './of-frozen.js';

it('makes once of an object that can not change, and each time of one that can', () => {
  let made = 0;
  const make = ofFrozen(({ a }: { a: number }) => ({ a, made: (made += 1) }));
  const [frozen, open] = [Object.freeze({ a: 1 }), { a: 2 }];
  const first = make(frozen);
  expect([first, make(frozen), make(open)]).toEqual([
    { a: 1, made: 1 },
    { a: 1, made: 1 },
    { a: 2, made: 2 },
  ]);
  open.a = 3;
  expect(make(open)).toEqual({ a: 3, made: 3 });
  expect([Object.isFrozen(first), Object.isFrozen(make(open))]).toEqual([true, false]);
});

it('makes anew what could not be made', () => {
  let fails = true;
  const make = ofFrozen((given: object) => {
    if (fails) throw new Error('not yet');
    return { given };
  });
  const frozen = Object.freeze({});
  expect(() => make(frozen)).toThrow('not yet');
  fails = false;
  expect(make(frozen)).toEqual({ given: frozen });
});
