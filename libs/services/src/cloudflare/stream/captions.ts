import { z } from 'zod';
import { invalidField, type InputOf, type OutputOf } from '#libs/kit';
import { afterChange } from '#libs/outbound';
import type { ApiRequest, CloudflareApi } from '../cloudflare-api.js';
import type { streamCaptions } from '../operations/stream-parts.js';
import { tokenPermissions } from '../token-permissions.js';
import { formOf } from './form-body.js';

const { streamRead, streamEdit } = tokenPermissions;

const captions = z
  .array(
    z.object({
      language: z.string(),
      label: z.string().nullish(),
      generated: z.boolean().nullish(),
      status: z.string().nullish(),
    }),
  )
  .nullish();

/** Does one thing with the captions of a video, and tells which there are then. */
export async function captionsOf(
  api: CloudflareApi,
  input: InputOf<typeof streamCaptions>,
  signal: AbortSignal,
): Promise<OutputOf<typeof streamCaptions>> {
  const { uid, action } = input;
  const path = `${api.account}/stream/${uid}/captions`;
  if (action === 'read') {
    const own = `${path}/${languageOf(input)}/vtt`;
    const vtt = await api.text({ path: own, permission: streamRead, signal });
    return { ...(await list(api, uid, path, signal)), vtt };
  }
  if (action === 'show') return list(api, uid, path, signal);
  const own = `${path}/${languageOf(input)}${action === 'generate' ? '/generate' : ''}`;
  await api.text({ path: own, permission: streamEdit, signal, ...changeOf(input) });
  return afterChange(list(api, uid, path, signal));
}

function changeOf({
  action,
  language,
  vtt,
}: InputOf<typeof streamCaptions>): Pick<ApiRequest, 'method' | 'headers' | 'body'> {
  if (action === 'generate') return { method: 'POST' };
  if (action === 'delete') return { method: 'DELETE' };
  if (vtt === undefined) throw invalidField('vtt', 'captions as WebVTT', 'nothing');
  const { type, before, after } = formOf(`${language}.vtt`, 'text/vtt');
  return { method: 'PUT', headers: { 'content-type': type }, body: Buffer.concat([before, Buffer.from(vtt), after]) };
}

async function list(api: CloudflareApi, uid: string, path: string, signal: AbortSignal) {
  const { result } = await api.request({ path, permission: streamRead, signal }, captions);
  return {
    uid,
    captions: (result ?? []).map(({ language, label, generated, status }) => ({
      language,
      label: label ?? null,
      generated: generated ?? false,
      state: status ?? null,
    })),
  };
}

function languageOf({ language, action }: InputOf<typeof streamCaptions>): string {
  if (language === undefined) throw invalidField('language', `the language to ${action}`, 'nothing');
  return language;
}
