import { expect, it } from 'vitest';
import { operationOf } from '../upstreams/upstream-tool.js';
import type { Upstream } from '../upstreams/upstream.js';
import { TokenCosts } from './token-costs.js';

it('counts a definition that writes what only a model may say', async () => {
  const upstream = { name: 'wiki', timeoutMs: undefined } as unknown as Upstream;
  const definition = { name: 'read', description: '<|endoftext|>', inputSchema: { type: 'object' } };
  const services = [{ operations: [operationOf(upstream, definition)] }];
  const costs = await new TokenCosts({ services } as never).all();
  expect(costs.get('wiki.read')).toBeGreaterThan(0);
});
