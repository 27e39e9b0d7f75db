import type { TokenVerifyResponse } from 'cloudflare/resources/user/tokens/tokens';
import { empty, Refused, route, type Call, type Route } from './call.js';
import { requireAccount } from './stream.js';

/** A token of a person, and one of the account. */
export const TOKEN = 'cf-token-of-the-contract-server-0123456789';
export const ACCOUNT_TOKEN = 'cf-token-of-the-account-0123456789';

const isOfAccount = ({ request }: Call) => request.headers.authorization === `Bearer ${ACCOUNT_TOKEN}`;

export function tokenRoutes(): Route[] {
  return [
    route<TokenVerifyResponse>('GET', '/user/tokens/verify', async (call) => {
      await empty(call);
      if (isOfAccount(call)) throw new Refused(401, 1_000, 'Invalid API Token');
      return {
        result: { id: 'ed17574386854bf78a67040be0a770b0', status: 'active', expires_on: '2030-01-01T00:00:00Z' },
      };
    }),
    route<TokenVerifyResponse>('GET', '/accounts/:account/tokens/verify', async (call) => {
      requireAccount(call);
      await empty(call);
      if (!isOfAccount(call)) throw new Refused(401, 1_000, 'Invalid API Token');
      return { result: { id: '0'.repeat(32), status: 'active' } };
    }),
  ];
}
