import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { Video } from 'cloudflare/resources/stream/stream';
import { notFound, Refused, route, type Call, type Route } from './call.js';
import { formFileOf } from './form-file.js';
import { ACCOUNT, newId, newVideo, type State } from './state.js';
import { requireAccount, STREAM } from './stream.js';

/** From this size on, a file comes by tus. */
const MAX_FORM_BYTES = 200 * 1000 * 1000;
const MIN_PART_BYTES = 5_242_880;
const PART_STEP_BYTES = 256 * 1024;
const MEDIA = '/accounts/:account/media/:uid';

/** Ways in for files: a form, and a real tus server, whose uploads are counted and thrown away. */
export function uploadRoutes(state: State, base: string): { routes: Route[]; close: () => Promise<void> } {
  const directory = mkdtempSync(join(tmpdir(), 'cloudflare-'));
  const uids: string[] = [];
  const tus = new Server({
    path: `${base}/accounts/${ACCOUNT}/media`,
    datastore: new FileStore({ directory }),
    namingFunction: () => uids.shift() ?? newId(),
    onUploadCreate: (_request, { id, metadata }) => {
      const kept = newVideo(id, new Date().toISOString(), { name: metadata?.name ?? id });
      kept.video.requireSignedURLs = metadata !== undefined && 'requiresignedurls' in metadata;
      kept.video.status = { state: 'pendingupload' };
      state.videos.set(id, kept);
      return Promise.resolve({});
    },
    onUploadFinish: async (_request, { id, size = 0 }) => {
      received(state, id, size);
      await rm(join(directory, id), { force: true });
      return {};
    },
  });
  const byTus = async (call: Call): Promise<'done'> => {
    requireAccount(call);
    await tus.handle(call.request, call.response);
    return 'done';
  };
  const routes = [
    route<Video>('POST', STREAM, async (call) => {
      if (call.request.headers['tus-resumable'] === undefined) return { result: await byForm(state, call) };
      const uid = newId();
      uids.push(uid);
      call.response.setHeader('stream-media-id', uid);
      return byTus(call);
    }),
    route('PATCH', MEDIA, async (call) => {
      await requirePart(tus, call);
      return byTus(call);
    }),
    route('HEAD', MEDIA, byTus),
  ];
  return { routes, close: () => rm(directory, { recursive: true, force: true }) };
}

async function byForm(state: State, call: Call): Promise<Video> {
  requireAccount(call);
  if (Number(call.request.headers['content-length']) >= MAX_FORM_BYTES) {
    throw new Refused(413, 10_006, 'Request Entity Too Large: use tus');
  }
  const file = await formFileOf(call);
  const { video } = newVideo(newId(), new Date().toISOString(), { name: file.name, filename: file.name });
  state.videos.set(video.uid, { video, captions: new Map(), downloads: {}, received: 0 });
  return received(state, video.uid, file.size);
}

function received({ videos }: State, uid: string, bytes: number): Video {
  const kept = videos.get(uid);
  if (!kept) throw notFound(10_003, 'Video');
  kept.received = bytes;
  Object.assign(kept.video, { size: bytes, status: { state: 'queued' } } satisfies Video);
  return kept.video;
}

/** Every part but the last is large enough, and of a size that Cloudflare takes. */
async function requirePart({ datastore }: Server, { params, request }: Call): Promise<void> {
  const upload = await datastore.getUpload(params.uid ?? '').catch(() => undefined);
  if (!upload) throw notFound(10_003, 'Upload');
  const bytes = Number(request.headers['content-length']);
  const isLast = upload.offset + bytes === upload.size;
  if (!isLast && (bytes < MIN_PART_BYTES || bytes % PART_STEP_BYTES !== 0)) {
    throw new Refused(400, 10_005, `Bad Request: ${bytes} bytes are no part that is taken`);
  }
}
