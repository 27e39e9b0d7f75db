import { z } from 'zod';
import { OperationError, type OutputOf } from '#libs/kit';
import type { CloudflareApi } from './cloudflare-api.js';
import type { verifyToken as declaration } from './operations/analytics.js';
import { tokenPermissions } from './token-permissions.js';

const token = z.object({
  id: z.string(),
  status: z.string(),
  expires_on: z.string().nullish(),
  not_before: z.string().nullish(),
});

/** Asks where tokens of people are known, and then where those of the operator's account are. */
export async function verifyToken(api: CloudflareApi, signal: AbortSignal): Promise<OutputOf<typeof declaration>> {
  const ask = async (path: string) => {
    const { result } = await api.request({ path, permission: tokenPermissions.none, signal }, token);
    return {
      id: result.id,
      status: result.status,
      expiresAt: result.expires_on ?? null,
      notBefore: result.not_before ?? null,
    };
  };
  try {
    return await ask('/user/tokens/verify');
  } catch (error) {
    const isUnknown = error instanceof OperationError && error.details.status === 401;
    if (!isUnknown || !api.hasAccount) throw error;
    return ask(`${api.account}/tokens/verify`);
  }
}
