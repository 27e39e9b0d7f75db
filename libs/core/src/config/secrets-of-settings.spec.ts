import { expect, it } from 'vitest';
import { z } from 'zod';
import { setting, settingFamily, settings, value } from '#libs/kit';
import { readSettings } from './read-settings.js';
import { secretsOf } from './secrets-of-settings.js';

class Example extends settings({
  key: setting('EXAMPLE_KEY', value.text(), { description: 'A key', key: 'example.key', secret: true }),
  unset: setting('EXAMPLE_UNSET', value.text(), { description: 'Another', key: 'example.unset', secret: true }),
  name: setting('EXAMPLE_NAME', value.text(), { description: 'No secret', key: 'example.name' }),
  headers: setting('EXAMPLE_HEADERS', value.json(z.record(z.string(), z.string())), {
    description: 'Headers',
    key: 'example.headers',
    secret: true,
  }),
  stores: settingFamily('STORE_<ID>_', 'store.<id>', 'url', {
    url: setting('URL', value.url('postgres'), { description: 'Where', key: 'url', secret: true }),
    note: setting('NOTE', value.text(), { description: 'No secret', key: 'note' }),
  }),
}) {}

it('every value of a secret setting is one, and the password in it', () => {
  const values = readSettings([Example], {
    EXAMPLE_KEY: 'the key',
    EXAMPLE_NAME: 'the name',
    EXAMPLE_HEADERS: '{"authorization":"Bearer one","x-key":"two"}',
    STORE_A_URL: 'postgres://me:p%40ss@host/a',
    STORE_A_NOTE: 'a note',
    STORE_B_URL: 'postgres://me@host/b',
  });
  expect(secretsOf(values.settings)).toEqual([
    'the key',
    'Bearer one',
    'one',
    'two',
    'two',
    'postgres://me:p%40ss@host/a',
    'p%40ss',
    'p@ss',
    Buffer.from('me:p@ss').toString('base64'),
    'postgres://me@host/b',
  ]);
});
