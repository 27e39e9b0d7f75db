import { expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { Cancellation } from '#libs/outbound';
import { CallerAuthorization } from './caller-authorization.js';
import type { Grants } from './grants.js';

it('a call that is over waits no longer for an authorization server', async () => {
  const never = new Promise<never>(() => undefined);
  const authorization = new CallerAuthorization({
    upstream: 'wiki',
    callerId: 'ann',
    serverUrl: 'https://mcp.example.com/mcp',
    clientId: undefined,
    clientSecret: undefined,
    scope: undefined,
    redirectUrl: 'https://gateway.example.com/oauth/callback',
    state: () => 'state',
    grants: { read: () => Promise.resolve({}), change: () => never } as unknown as Grants,
    fetchFn: () => never,
  });
  const call = new Cancellation();
  const header = authorization.header(call);
  await new Promise(setImmediate);
  call.abort(new OperationError('deadline', 'It took too long'));
  await expect(header).rejects.toThrow('It took too long');
});
