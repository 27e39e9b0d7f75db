import { Inject, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  McpService,
  Operation,
  Prompt,
  StartError,
  type McpServiceOptions,
  type OperationOptions,
  type PromptOptions,
} from '#libs/kit';
import { Policy } from '../access/policy/policy.js';
import { CatalogExplorer } from './catalog.explorer.js';
import { Catalog } from './catalog.js';
import { settingsOfServices } from './declared-by-services.js';

const service: McpServiceOptions = { name: 'shop', version: '1.0.0', description: 'A shop', location: 'server' };
const operation = {
  name: 'list-items',
  description: 'Lists the items.',
  input: z.object({ limit: z.number().int().optional() }),
  output: z.object({ items: z.array(z.string()) }),
  permission: 'read',
} satisfies OperationOptions;

function serviceWith(options: Partial<McpServiceOptions>, declared: Partial<OperationOptions> = {}): Type {
  @McpService({ ...service, ...options })
  class ShopService {
    @Operation({ ...operation, ...declared } as typeof operation)
    listItems() {
      return { items: [] };
    }
  }
  return ShopService;
}

async function catalogOf(...providers: Type[]): Promise<Catalog> {
  const policy = { provide: Policy, useValue: new Policy({ policies: { roles: {}, rules: [] } }) };
  @Module({ imports: [DiscoveryModule], providers: [Catalog, CatalogExplorer, policy, ...providers] })
  class CatalogOfThese {}
  const module = await Test.createTestingModule({ imports: [CatalogOfThese] }).compile();
  await module.init();
  return module.get(Catalog);
}

describe('what is read from a declaration', () => {
  it('becomes one entry with its names, schemas and patterns', async () => {
    const [found] = (await catalogOf(serviceWith({}))).services;
    expect(found?.operations).toEqual([
      expect.objectContaining({
        id: 'shop.list-items',
        service: 'shop',
        name: 'list-items',
        tool: 'shop_list_items',
        permission: 'read',
        patterns: ['list-items'],
        inputSchema: {
          type: 'object',
          properties: { limit: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 } },
          additionalProperties: false,
        },
        outputSchema: {
          type: 'object',
          properties: { items: { type: 'array', items: { type: 'string' } } },
          required: ['items'],
        },
      }),
    ]);
  });

  it('takes name and required fields for a slash pattern where none is declared', async () => {
    const input = z.object({ shelf: z.string(), limit: z.number().optional(), colour: z.string() });
    const [found] = (await catalogOf(serviceWith({}, { input }))).services;
    expect(found?.operations[0]?.patterns).toEqual(['list-items <shelf> <colour>']);
  });

  it('is found by an id or a tool name that has - for _ or the reverse', async () => {
    const catalog = await catalogOf(serviceWith({}));
    const caller = { id: 'a', kind: 'key', subject: 'a', permissions: ['read'] } as const;
    for (const id of ['shop.list-items', 'shop.list_items'])
      expect(catalog.find(id, caller).id).toBe('shop.list-items');
    for (const tool of ['shop_list_items', 'shop-list-items', 'shop_list-items']) {
      expect(catalog.findTool(tool, caller).id).toBe('shop.list-items');
    }
  });
});

describe('another name of an operation', () => {
  it('is one to call it by, with - or _, and is listed nowhere', async () => {
    const catalog = await catalogOf(serviceWith({}, { aliases: ['show-items', 'ls'] }));
    const caller = { id: 'a', kind: 'key', subject: 'a', permissions: ['read'] } as const;
    const found = ['shop.ls', 'shop.show-items', 'shop.show_items'].map((id) => catalog.find(id, caller).name);
    expect(found).toEqual(['list-items', 'list-items', 'list-items']);
    expect(catalog.findTool('shop_show_items', caller).name).toBe('list-items');
    expect(catalog.visibleOperations(caller).map(({ id }) => id)).toEqual(['shop.list-items']);
  });
});

describe('a declaration that can’t be kept stops the start', () => {
  const tooLong = 'a-name-that-is-so-long-that-clients-would-cut-it-somewhere';
  const cases: [string, Type[], RegExp][] = [
    ['service name', [serviceWith({ name: 'My Shop' })], /ShopService: the service name "My Shop" must be lower-case/],
    ['service description', [serviceWith({ description: ' ' })], /ShopService: @McpService needs a description/],
    [
      'operation name',
      [serviceWith({}, { name: 'listItems' })],
      /ShopService\.listItems: the operation name "listItems"/,
    ],
    [
      'operation description',
      [serviceWith({}, { description: '' })],
      /ShopService\.listItems: @Operation needs a desc/,
    ],
    [
      'long tool name',
      [serviceWith({}, { name: tooLong })],
      /ShopService\.listItems: the tool name ".*" must be at most 48/,
    ],
    ['bad tool name', [serviceWith({}, { tool: 'List-Items' })], /ShopService\.listItems: the tool name "List-Items"/],
    [
      'operation name that ends in _',
      [serviceWith({}, { name: 'list_' })],
      /the operation name "list_" must be lower-case/,
    ],
    ['alias', [serviceWith({}, { aliases: ['Ls'] })], /ShopService\.listItems: the operation name "Ls" must be/],
    [
      'alias that is a name',
      [serviceWith({}, { aliases: ['list_items'] })],
      /the id "shop\.list-items" is taken by ShopService\.listItems/,
    ],
    ['same service', [serviceWith({}), serviceWith({})], /the service name "shop" is taken by ShopService/],
    [
      'same tool',
      [serviceWith({}), serviceWith({ name: 'store' }, { tool: 'shop_list_items' })],
      /ShopService\.listItems: the tool name "shop_list_items" is taken by ShopService\.listItems/,
    ],
    [
      'top-level choice',
      [serviceWith({}, { output: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]) })],
      /ShopService\.listItems: the output has anyOf at its top level/,
    ],
    ['output that is no object', [serviceWith({}, { output: z.string() })], /the output must be a z\.object/],
    [
      'input that is no object',
      [serviceWith({}, { input: z.union([z.object({}), z.object({ b: z.string() })]) as never })],
      /ShopService\.listItems: the input must be a z\.object/,
    ],
    [
      'no JSON Schema',
      [serviceWith({}, { input: z.object({ at: z.date() }) })],
      /the input can't be written as JSON Schema/,
    ],
  ];
  it.each(cases)('%s', async (_name, providers, message) => {
    const start = catalogOf(...providers);
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(message);
  });

  it('the same operation twice in one service', async () => {
    @McpService(service)
    class TwiceService {
      @Operation(operation)
      first() {
        return { items: [] };
      }
      @Operation({ ...operation, tool: 'other_tool' })
      second() {
        return { items: [] };
      }
    }
    await expect(catalogOf(TwiceService)).rejects.toThrow(
      'TwiceService.second: the id "shop.list-items" is taken by TwiceService.first',
    );
  });

  const prompt = { name: 'begin', description: 'Begins.', arguments: z.object({ item: z.string().describe('Which') }) };
  function serviceWithPrompt(declared: Partial<PromptOptions>, name = 'shop'): Type {
    @McpService({ ...service, name })
    class PromptingService {
      @Operation(operation)
      listItems() {
        return { items: [] };
      }
      @Prompt({ ...prompt, ...declared })
      begin() {
        return [];
      }
    }
    return PromptingService;
  }
  const badPrompts: [string, Type[], RegExp][] = [
    [
      'name',
      [serviceWithPrompt({ name: 'Begin_here' })],
      /PromptingService\.begin: the prompt name "Begin_here" must be/,
    ],
    ['long name', [serviceWithPrompt({ name: tooLong })], /the prompt name ".*" must be .* at most 48 characters/],
    ['description', [serviceWithPrompt({ description: ' ' })], /PromptingService\.begin: @Prompt needs a description/],
    [
      'arguments',
      [serviceWithPrompt({ arguments: z.string() as never })],
      /the arguments of a prompt must be a z\.object/,
    ],
    [
      'argument that is no text',
      [serviceWithPrompt({ arguments: z.object({ n: z.number().describe('n') }) })],
      /the argument "n" must be a z\.string or a z\.enum/,
    ],
    [
      'argument without JSON Schema',
      [serviceWithPrompt({ arguments: z.object({ at: z.date() }) })],
      /the arguments of a prompt must be/,
    ],
    [
      'argument without a description',
      [serviceWithPrompt({ arguments: z.object({ n: z.string() }) })],
      /the argument "n" needs a description/,
    ],
    [
      'name twice',
      [serviceWithPrompt({ name: 'a-begin' }), serviceWithPrompt({ name: 'begin' }, 'shop-a')],
      /PromptingService\.begin: the prompt name "shop_a_begin" is taken by PromptingService\.begin/,
    ],
  ];
  it.each(badPrompts)('a prompt’s %s', async (_name, providers, message) => {
    const start = catalogOf(...providers);
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(message);
  });

  it('a service without operations', async () => {
    @McpService(service)
    class EmptyService {}
    await expect(catalogOf(EmptyService)).rejects.toThrow('EmptyService: @McpService declares no @Operation');
  });

  it('a service that is made anew for each request, or injects something that is', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {}
    @McpService(service)
    class DependentService {
      constructor(@Inject(PerRequest) readonly perRequest: PerRequest) {}
      @Operation(operation)
      listItems() {
        return { items: [] };
      }
    }
    await expect(catalogOf(PerRequest, DependentService)).rejects.toThrow(
      /DependentService: a service must be a singleton/,
    );
  });

  it('a service module without a service', () => {
    @Module({ providers: [] })
    class BareModule {}
    expect(() => settingsOfServices([BareModule])).toThrow('BareModule: the module provides no class with @McpService');
  });
});
