import { expect, it } from 'vitest';
import { operationOf } from '../upstreams/upstream-tool.js';
import type { Upstream } from '../upstreams/upstream.js';
import { TokenCosts } from './token-costs.js';

it.each([
  ['what only a model may say', '<|endoftext|>'],
  ['a long run of one letter', 'a'.repeat(200_000)],
])('counts a definition that writes %s', async (_what, description) => {
  const upstream = { name: 'wiki', timeoutMs: undefined } as unknown as Upstream;
  const definition = { name: 'read', description, inputSchema: { type: 'object' } };
  const services = [{ operations: [operationOf(upstream, definition, (said) => said)] }];
  const costs = await new TokenCosts({ services } as never).all();
  expect(costs.get('wiki.read')).toBeGreaterThan(0);
});
