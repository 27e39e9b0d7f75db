import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CatalogOperation, CatalogService } from '../catalog-entry.js';
import { ToolIndex } from './tool-index.js';

function operation(service: string, name: string, description: string, parameters: Record<string, string> = {}) {
  const properties = Object.fromEntries(
    Object.entries(parameters).map(([key, about]) => [key, { description: about }]),
  );
  return {
    id: `${service}.${name}`,
    service,
    name,
    tool: `${service}_${name}`.replaceAll('-', '_'),
    title: undefined,
    description,
    permission: 'read',
    annotations: {},
    patterns: [],
    inputSchema: { type: 'object', properties },
    outputSchema: { type: 'object' },
    input: z.object({}),
    aliases: [],
    argumentPermission: undefined,
    touches: undefined,
    resolveArguments: undefined,
    verbatim: false,
    backEnd: undefined,
    deadlineMs: undefined,
    forward: undefined,
    run: () => ({}),
    definition: undefined,
  } satisfies CatalogOperation;
}

function serviceOf(name: string, description: string, operations: CatalogOperation[]): CatalogService {
  return {
    name,
    version: '1.0.0',
    description,
    location: 'server',
    operations,
    prompts: [],
    status: () => ({ state: 'ready' }),
    pools: () => [],
  };
}

const shop = serviceOf('shop', 'The web shop and its warehouse', [
  operation('shop', 'list-orders', 'Lists what customers bought.', { since: 'Only purchases after this day' }),
  operation('shop', 'cancel-order', 'Takes an order back before it is sent.'),
  operation('shop', 'takeBack', 'Receives a parcel.'),
]);
const mail = serviceOf('mail', 'Electronic letters', [
  operation('mail', 'send', 'Sends a message to somebody.', { to: 'Address of the recipient' }),
  operation('mail', 'search', 'Finds messages by their words.'),
]);

function indexOf(...services: CatalogService[]): ToolIndex {
  const index = new ToolIndex();
  index.update(services);
  return index;
}

const all = () => true;
const found = (index: ToolIndex, query: string, accept: (each: CatalogOperation) => boolean = all) =>
  index.search(query, accept).map((hit) => hit.operation.tool);

describe('an operation is found', () => {
  const index = indexOf(shop, mail);
  it.each([
    ['by a part of its name', 'cancel', 'shop_cancel_order'],
    ['by its whole name', 'shop_cancel_order', 'shop_cancel_order'],
    ['by its name with -', 'shop-cancel-order', 'shop_cancel_order'],
    ['by its id', 'mail.search', 'mail_search'],
    ['by a part of a camel-case name', 'back', 'shop_takeBack'],
    ['by a whole camel-case name', 'takeBack', 'shop_takeBack'],
    ['by its description', 'what did somebody buy, customers?', 'shop_list_orders'],
    ['by its service', 'mail', 'mail_send'],
    ['by what its service is for', 'letters', 'mail_send'],
    ['by a parameter’s name', 'since', 'shop_list_orders'],
    ['by what a parameter is', 'recipient', 'mail_send'],
    ['by another form of a word', 'cancelling orders', 'shop_cancel_order'],
    ['by the beginning of a word', 'canc', 'shop_cancel_order'],
    ['by a word with a letter wrong', 'reciepient', 'mail_send'],
  ])('%s', (_how, query, tool) => {
    expect(found(index, query)[0]).toBe(tool);
  });

  it.each(['', '   ', '???', 'the of and', 'zzzzzzzz', '\u0000'])('or nothing, by %j', (query) => {
    expect(found(index, query)).toEqual([]);
  });
});

it('finds only what is accepted', () => {
  const index = indexOf(shop, mail);
  expect(found(index, 'orders messages', ({ service }) => service === 'mail').sort()).toEqual([
    'mail_search',
    'mail_send',
  ]);
});

describe('when the catalog changes', () => {
  it('takes up what is new and forgets what is gone', () => {
    const index = indexOf(shop);
    index.update([mail]);
    expect(index.size).toBe(2);
    expect(found(index, 'order')).toEqual([]);
    expect(found(index, 'send message')[0]).toBe('mail_send');
  });

  it('ranks as an index does that was made anew', () => {
    const changed = serviceOf('shop', shop.description, [
      ...shop.operations.slice(1),
      operation('shop', 'pay', 'Pays.'),
    ]);
    const index = indexOf(mail, shop);
    index.update([changed]);
    index.update([mail, changed]);
    const hits = (of: ToolIndex) =>
      of.search('pay an order by message', all).map((hit) => [hit.operation.tool, hit.score]);
    expect(hits(index).sort()).toEqual(hits(indexOf(mail, changed)).sort());
  });
});

it('takes a schema of an upstream as it comes, whatever it holds', () => {
  const index = new ToolIndex();
  const odd = [{ a: null, b: 5, c: { description: {} } }, null, 'text', [null]].map((properties, n) => ({
    ...operation('wiki', `odd-${n}`, 'Finds odd things'),
    inputSchema: { type: 'object', properties } as never,
  }));
  index.update([
    serviceOf('wiki', 'Odd', odd),
    serviceOf('good', 'Good', [operation('good', 'find', 'Finds good things')]),
  ]);
  expect(index.search('find good things', () => true).length).toBeGreaterThan(0);
});
