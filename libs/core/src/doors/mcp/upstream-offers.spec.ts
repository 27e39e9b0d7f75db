import { expect, it } from 'vitest';
import type { Caller } from '#libs/kit';
import type { CallOrigin } from '../../execution/call-context.js';
import { completeParams, read } from './params.js';
import type { UpstreamAccess } from './upstream-access.js';
import { UpstreamOffers } from './upstream-offers.js';

it('an upstream is told what was filled in already', async () => {
  const upstream = {
    name: 'wiki',
    offerTo: () => ({ prompts: [{ name: 'greet' }], capabilities: { completions: {} } }),
  };
  const asked: unknown[] = [];
  const access = {
    visibleTo: () => [upstream],
    request: (_upstream: unknown, method: string, params: unknown) => {
      asked.push(method, params);
      return Promise.resolve({ completion: { values: ['Ada'] } });
    },
  };
  const argument = { name: 'name', value: 'A' };
  const params = {
    ref: { type: 'ref/prompt', name: 'wiki__greet' },
    argument,
    context: { arguments: { team: 'red' } },
    _meta: { progressToken: 1 },
  };
  const origin = { caller: { id: 'key' } as unknown as Caller } as unknown as CallOrigin;
  const offers = new UpstreamOffers(access as unknown as UpstreamAccess);
  expect(await offers.complete(read(completeParams, params), origin)).toEqual({ values: ['Ada'] });
  expect(asked).toEqual([
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'greet' }, argument, context: { arguments: { team: 'red' } } },
  ]);
});
