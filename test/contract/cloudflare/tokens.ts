import type { TokenVerifyResponse } from 'cloudflare/resources/user/tokens/tokens';
import { empty, route, type Route } from './call.js';

export function tokenRoutes(): Route[] {
  return [
    route<TokenVerifyResponse>('GET', '/user/tokens/verify', async (call) => {
      await empty(call);
      return {
        result: { id: 'ed17574386854bf78a67040be0a770b0', status: 'active', expires_on: '2030-01-01T00:00:00Z' },
      };
    }),
  ];
}
