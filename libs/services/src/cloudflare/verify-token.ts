import { z } from 'zod';
import type { OutputOf } from '#libs/kit';
import type { CloudflareApi } from './cloudflare-api.js';
import type { verifyToken as declaration } from './operations/analytics.js';
import { tokenPermissions } from './token-permissions.js';

const token = z.object({
  id: z.string(),
  status: z.string(),
  expires_on: z.string().nullish(),
  not_before: z.string().nullish(),
});

export async function verifyToken(api: CloudflareApi, signal: AbortSignal): Promise<OutputOf<typeof declaration>> {
  const request = { path: '/user/tokens/verify', permission: tokenPermissions.none, signal };
  const { result } = await api.request(request, token);
  return {
    id: result.id,
    status: result.status,
    expiresAt: result.expires_on ?? null,
    notBefore: result.not_before ?? null,
  };
}
