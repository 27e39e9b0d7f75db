import { expect, it } from 'vitest';
import type { Key } from '../../api/shapes.js';
import { changeOf, draftOf, newKeyOf } from './key-draft.js';

const key = {
  name: 'n8n',
  permissions: ['read'],
  owner: null,
  team: 'data',
  expiresAt: '2030-01-31T12:00:30.000Z',
  allowedNetworks: ['10.0.0.0/8'],
  limits: { perMinute: 7, costPerDay: 2.5, tokensPerMonth: 1_000 },
} as unknown as Key;

it('changes what was edited and nothing else', () => {
  const shown = draftOf(key);
  expect(changeOf(shown, key)).toEqual({});
  expect(changeOf({ ...shown, owner: 'ana' }, key)).toEqual({ owner: 'ana' });
  expect(changeOf({ ...shown, team: '', expiresAt: '', allowedNetworks: '' }, key)).toEqual({
    team: null,
    expiresAt: null,
    allowedNetworks: null,
  });
});

it('sends limits as a whole where one was edited', () => {
  const shown = draftOf(key);
  expect(shown).toMatchObject({ costPerDay: '2.5', tokensPerMonth: '1000', costPerMonth: '' });
  expect(changeOf({ ...shown, perMinute: '', costPerMonth: '0.5' }, key)).toEqual({
    limits: { costPerDay: 2.5, tokensPerMonth: 1_000, costPerMonth: 0.5 },
  });
  const unknown = { ...key, limits: { ...key.limits, perYear: 1 } } as Key;
  expect(changeOf({ ...shown, perMinute: '8' }, unknown)).toMatchObject({ limits: { perMinute: 8, perYear: 1 } });
  const none = { ...shown, perMinute: '', costPerDay: '', tokensPerMonth: '' };
  expect(changeOf(none, key)).toEqual({ limits: null });
});

it('leaves out of a new key what is empty', () => {
  const draft = { ...draftOf(undefined), name: ' new ', permissions: 'read, write', concurrency: '2' };
  expect(newKeyOf(draft)).toEqual({ name: 'new', permissions: ['read', 'write'], limits: { concurrency: 2 } });
});
