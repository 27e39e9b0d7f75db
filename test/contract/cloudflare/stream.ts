import type { CopyCreateParams } from 'cloudflare/resources/stream/copy';
import type { DirectUploadCreateParams, DirectUploadCreateResponse } from 'cloudflare/resources/stream/direct-upload';
import type { StreamEditParams, StreamListParams, Video } from 'cloudflare/resources/stream/stream';
import type { TokenCreateResponse } from 'cloudflare/resources/stream/token';
import type { VideoStorageUsageResponse } from 'cloudflare/resources/stream/videos';
import { z } from 'zod';
import { empty, jsonOf, notFound, queryOf, Refused, route, type Call, type Route } from './call.js';
import { ACCOUNT, newId, newVideo, type KeptVideo, type State } from './state.js';

export const STREAM = '/accounts/:account/stream';

const states = ['pendingupload', 'downloading', 'queued', 'inprogress', 'ready', 'error', 'live-inprogress'] as const;
const list = {
  status: z.enum(states).optional(),
  search: z.string().optional(),
  creator: z.string().optional(),
  end: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
} satisfies { [K in keyof StreamListParams]?: unknown };

const settings = {
  meta: z.record(z.string(), z.unknown()).optional(),
  creator: z.string().max(64).optional(),
  requireSignedURLs: z.boolean().optional(),
  allowedOrigins: z.array(z.string()).optional(),
  scheduledDeletion: z.iso.datetime({ offset: true }).nullable().optional(),
};
const edit = z.strictObject(settings satisfies { [K in keyof StreamEditParams]?: unknown });
const copy = z.strictObject({ ...settings, input: z.url() } satisfies { [K in keyof CopyCreateParams]?: unknown });
const direct = z.strictObject({
  ...settings,
  maxDurationSeconds: z.int().min(1).max(36_000),
  expiry: z.iso.datetime({ offset: true }).optional(),
} satisfies { [K in keyof DirectUploadCreateParams]?: unknown });
const token = z.strictObject({ exp: z.int(), downloadable: z.boolean().optional() });

export function requireAccount({ params }: Call): void {
  if (params.account !== ACCOUNT) throw new Refused(403, 10_000, 'Authentication error');
}

/** The video of a route's `:uid`. */
export function videoOf(state: State, call: Call): KeptVideo {
  requireAccount(call);
  const found = state.videos.get(call.params.uid ?? '');
  if (!found) throw notFound(10_003, 'Video');
  return found;
}

export function streamRoutes(state: State): Route[] {
  return [
    route<Video[]>('GET', STREAM, (call) => {
      requireAccount(call);
      const { status, search, creator, end, limit } = queryOf(call, list);
      const found = [...state.videos.values()]
        .map(({ video }) => video)
        .filter((video) => status === undefined || video.status?.state === status)
        .filter((video) => search === undefined || JSON.stringify(video.meta).includes(search))
        .filter((video) => creator === undefined || video.creator === creator)
        .filter(({ created }) => end === undefined || Date.parse(created) < Date.parse(end))
        .sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
      return { result: found.slice(0, limit) };
    }),
    route<VideoStorageUsageResponse>('GET', `${STREAM}/storage-usage`, (call) => {
      requireAccount(call);
      const { creator } = queryOf(call, { creator: list.creator });
      const videos = [...state.videos.values()].filter(
        ({ video }) => creator === undefined || video.creator === creator,
      );
      const seconds = videos.reduce((sum, { video }) => sum + Math.max(0, video.duration ?? 0), 0);
      const usage = { totalStorageMinutes: seconds / 60, totalStorageMinutesLimit: 1_000, videoCount: videos.length };
      return { result: { ...usage, ...(creator !== undefined && { creator }) } };
    }),
    route<Video>('POST', `${STREAM}/copy`, async (call) => {
      requireAccount(call);
      const { input: _, ...given } = await jsonOf(call, copy);
      const kept = change(keep(state, newVideo(newId(), new Date().toISOString(), {})), given);
      kept.video.status = { state: 'downloading', errorReasonCode: '', errorReasonText: '' };
      return { result: kept.video };
    }),
    route<DirectUploadCreateResponse>('POST', `${STREAM}/direct_upload`, async (call) => {
      requireAccount(call);
      const { maxDurationSeconds, expiry, ...given } = await jsonOf(call, direct);
      const { video } = change(keep(state, newVideo(newId(), new Date().toISOString(), {})), given);
      Object.assign(video, {
        maxDurationSeconds,
        uploadExpiry: expiry,
        status: { state: 'pendingupload' },
      } satisfies Video);
      return { result: { uid: video.uid, uploadURL: `https://upload.videodelivery.net/${video.uid}` } };
    }),
    route<Video>('GET', `${STREAM}/:uid`, async (call) => {
      await empty(call);
      return { result: videoOf(state, call).video };
    }),
    route<Video>('POST', `${STREAM}/:uid`, async (call) => ({
      result: change(videoOf(state, call), await jsonOf(call, edit)).video,
    })),
    route('DELETE', `${STREAM}/:uid`, async (call) => {
      await empty(call);
      state.videos.delete(videoOf(state, call).video.uid);
      return { text: '', type: 'application/json' };
    }),
    route<string>('GET', `${STREAM}/:uid/embed`, async (call) => {
      await empty(call);
      const { video } = videoOf(state, call);
      const script = `https://embed.cloudflarestream.com/embed/we4g.fla9.latest.js?video=${video.uid}`;
      return { text: `<stream id="${video.uid}"></stream><script src="${script}"></script>`, type: 'text/html' };
    }),
    route<TokenCreateResponse>('POST', `${STREAM}/:uid/token`, async (call) => {
      const { video } = videoOf(state, call);
      const { exp } = await jsonOf(call, token);
      const now = Date.now() / 1_000;
      if (exp <= now || exp > now + 86_401) throw new Refused(400, 10_005, 'Bad Request: exp is out of range');
      return {
        result: {
          token: `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(JSON.stringify({ sub: video.uid, exp })).toString('base64url')}.c2ln`,
        },
      };
    }),
  ];
}

function keep(state: State, kept: KeptVideo): KeptVideo {
  state.videos.set(kept.video.uid, kept);
  return kept;
}

function change(kept: KeptVideo, { scheduledDeletion, ...given }: z.output<typeof edit>): KeptVideo {
  Object.assign(kept.video, given, { modified: new Date().toISOString() });
  if (scheduledDeletion === null) delete kept.video.scheduledDeletion;
  else if (scheduledDeletion !== undefined) kept.video.scheduledDeletion = scheduledDeletion;
  return kept;
}
