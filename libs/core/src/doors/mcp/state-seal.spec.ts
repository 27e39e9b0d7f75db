import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SecretKey } from '../../store/secret-key.js';
import { StateSeal, type StateBinding } from './state-seal.js';

const newSeal = () => {
  const text = randomBytes(32).toString('hex');
  return new StateSeal(new SecretKey(text, undefined as never, text), 'state');
};
const seal = newSeal();
const state = { ticket: 'a', replica: 'r', expiresAt: 1 };
const binding: StateBinding = { callerId: 'key', tool: 'shop_buy', input: { list: [1, { b: 1, a: 2 }], name: 'x' } };

it('opens what it sealed, whatever the order of the input’s members', () => {
  const text = seal.seal(state, binding);
  expect(seal.open(text, binding)).toEqual(state);
  expect(seal.open(text, { ...binding, input: { name: 'x', list: [1, { a: 2, b: 1 }] } })).toEqual(state);
});

it.each<[string, Partial<StateBinding>]>([
  ['another caller', { callerId: 'other' }],
  ['another tool', { tool: 'shop_sell' }],
  ['another value', { input: { list: [1, { b: 1, a: 3 }], name: 'x' } }],
  ['a list in another order', { input: { list: [{ b: 1, a: 2 }, 1], name: 'x' } }],
  ['one member less', { input: { name: 'x' } }],
  ['no input', { input: undefined }],
  ['a name that holds the next one', { callerId: 'key","shop_buy', tool: '' }],
])('does not open it for %s', (_name, other) => {
  expect(seal.open(seal.seal(state, binding), { ...binding, ...other })).toBeUndefined();
});

it('opens nothing that another key sealed', () => {
  expect(newSeal().open(seal.seal(state, binding), binding)).toBeUndefined();
});

it('opens nothing of which one character is another', () => {
  const text = seal.seal(state, binding);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ';
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...letters), (at, letter) => {
      fc.pre(text[at] !== letter);
      expect(seal.open(text.slice(0, at) + letter + text.slice(at + 1), binding)).toBeUndefined();
    }),
  );
});

it('opens no text that is none of its own', () => {
  fc.assert(fc.property(fc.string(), (text) => seal.open(text, binding) === undefined));
});
