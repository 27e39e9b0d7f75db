import { expect, it } from 'vitest';
import { z } from 'zod';
import { setting, settings, value } from '#libs/kit';
import { ConfigKeys } from '../config/config-keys.js';
import { onlyMembers, onlyRuntimeSettings } from './recorded-body.js';

class ShopSettings extends settings({
  title: setting('SHOP_TITLE', value.text(), { key: 'shop.title', description: '', runtime: true }),
  opens: setting('SHOP_OPENS', value.json(z.unknown(), 'hours'), { key: 'shop.opens', description: '', runtime: true }),
  hook: setting('SHOP_HOOK', value.text(), { key: 'shop.hook', description: '', secret: true }),
  servers: setting('SHOP_SERVERS', value.text(), { key: 'servers', description: '' }),
}) {}
const keys = new ConfigKeys([ShopSettings]);

it.each<[given: Record<string, unknown>, recorded: object]>([
  [{ 'shop.title': 'Books' }, { 'shop.title': 'Books' }],
  [{ shop: { title: 'Books', opens: { monday: 9 } } }, { shop: { title: 'Books', opens: { monday: 9 } } }],
  [{ shop: { hook: 'https://x/SECRET' } }, { shop: { hook: '***' } }],
  [{ 'shop.hook': 'https://x/SECRET' }, { 'shop.hook': '***' }],
  [
    { 'shop.hoook': 'https://x/SECRET', shop: { hoook: 7 } },
    { 'shop.hoook': '***', shop: { hoook: '***' } },
  ],
  [{ servers: { x: { env: { FOO: 'SECRET' } } } }, { servers: '***' }],
  [{ 'servers.x.env.FOO': 'SECRET' }, { 'servers.x.env.FOO': '***' }],
  [{ sservers: { x: { env: { FOO: ['SECRET'] } } } }, { sservers: { x: { env: { FOO: '***' } } } }],
  [{ 'security.createApiKey': { name: 'a' } }, { 'security.createApiKey': { name: 'a' } }],
])('of %j the audit has the values that may change while the gateway runs', (given, recorded) => {
  expect(onlyRuntimeSettings(given, keys)).toEqual(recorded);
});

it('of a body the audit has the members that are named', () => {
  const body = { name: 'x', headers: { a: 'SECRET' }, env: { FOO: 'SECRET' } };
  expect(onlyMembers('name', 'url')(body, keys)).toEqual({ name: 'x', headers: '***', env: '***' });
});
