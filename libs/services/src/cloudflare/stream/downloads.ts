import { z } from 'zod';
import type { InputOf, OutputOf } from '#libs/kit';
import { afterChange } from '#libs/outbound';
import type { CloudflareApi } from '../cloudflare-api.js';
import type { streamDownloads } from '../operations/stream-parts.js';
import { tokenPermissions } from '../token-permissions.js';

const download = z.object({ status: z.string(), percentComplete: z.number().nullish(), url: z.string().nullish() });
const downloads = z.record(z.string(), download.optional()).nullish();

/** Shows, makes or deletes the downloads of a video, and tells which there are then. */
export async function downloadsOf(
  api: CloudflareApi,
  { uid, action, type }: InputOf<typeof streamDownloads>,
  signal: AbortSignal,
): Promise<OutputOf<typeof streamDownloads>> {
  const path = `${api.account}/stream/${uid}/downloads`;
  const own = type === 'default' ? path : `${path}/${type}`;
  if (action !== 'show') {
    const change = action === 'create' ? { method: 'POST', idempotent: true } : { method: 'DELETE' };
    await api.text({ ...change, path: own, permission: tokenPermissions.streamEdit, signal });
  }
  const reading = api.request({ path, permission: tokenPermissions.streamRead, signal }, downloads);
  const { result } = await (action === 'show' ? reading : afterChange(reading));
  const made = Object.entries(result ?? {}).flatMap(([type, found]) => (found ? [{ type, ...found }] : []));
  return {
    uid,
    downloads: made.map(({ type, status, percentComplete, url }) => ({
      type,
      state: status,
      percent: percentComplete ?? null,
      url: url ?? null,
    })),
  };
}
