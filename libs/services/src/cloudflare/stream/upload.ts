import { posix } from 'node:path';
import { Readable } from 'node:stream';
import {
  invalidField,
  OperationError,
  type InputOf,
  type OperationContext,
  type OutputOf,
  type WorkspaceFile,
  type WorkspaceFiles,
} from '#libs/kit';
import type { CloudflareApi } from '../cloudflare-api.js';
import type { streamUpload } from '../operations/stream.js';
import { tokenPermissions } from '../token-permissions.js';
import { formOf } from './form-body.js';
import { TusUpload, type BegunUpload } from './tus-upload.js';
import { video } from './video.js';
import { Videos } from './videos.js';

type Input = InputOf<typeof streamUpload>;

/** From this size on, Cloudflare takes a file only in parts. */
const MAX_FORM_BYTES = 200 * 1000 * 1000;
const READ_BYTES = 256 * 1024;

/** Brings a video into Stream: a file of the workspace, or what Cloudflare fetches from a URL. */
export async function uploadVideo(
  api: CloudflareApi,
  files: WorkspaceFiles | undefined,
  input: Input,
  context: OperationContext,
): Promise<OutputOf<typeof streamUpload>> {
  const videos = new Videos(api, context.signal);
  const { path, url } = input;
  if (path !== undefined && url === undefined) {
    if (!files) throw new OperationError('failed', 'This gateway has no workspace; upload by url instead');
    return uploadFile(api, videos, await openFile(files, path), input, context);
  }
  if (url !== undefined && path === undefined) return videos.copy({ ...input, url });
  const got = path === undefined ? 'neither' : 'both';
  throw new OperationError('invalid', `Name either a path in the workspace or a url; got ${got}`, {
    issues: [{ path: 'path', expected: 'a path, or a url in its place', got }],
  });
}

async function uploadFile(
  api: CloudflareApi,
  videos: Videos,
  file: WorkspaceFile,
  input: Input,
  context: OperationContext,
): Promise<OutputOf<typeof streamUpload>> {
  try {
    if (file.size === 0) throw invalidField('path', 'a video', 'an empty file');
    const uid = await send(api, file, input, context);
    return await described(videos, uid, input, nameOf(file, input));
  } finally {
    await file.close();
  }
}

/** A path that begins with a slash and names nothing inside is one from the top of the workspace. */
async function openFile(files: WorkspaceFiles, path: string): Promise<WorkspaceFile> {
  try {
    return await files.open(path);
  } catch (error) {
    const fromTop = path.startsWith('/') && error instanceof OperationError && error.kind === 'invalid';
    if (!fromTop) throw error;
    return files.open(path.replace(/^\/+/, ''));
  }
}

/** A form can't say that a video needs signed URLs, so that anyone could watch it until that was said. */
async function send(api: CloudflareApi, file: WorkspaceFile, input: Input, context: OperationContext): Promise<string> {
  const total = file.size;
  const onProgress = (bytes: number) =>
    context.progress(bytes, total, `${Math.floor((bytes / total) * 100)} % uploaded`);
  const { checkpoint, signal } = context;
  // what may move to another gateway goes in parts, of which none is sent twice
  if (!checkpoint && total < MAX_FORM_BYTES && !input.requireSigned) {
    return sendForm(api, file, input, context, onProgress);
  }
  const metadata = { name: nameOf(file, input), ...(input.requireSigned && { requiresignedurls: true as const }) };
  const upload = new TusUpload(api, {
    ...{ file, metadata, signal, onProgress },
    begun: begunBefore(file, context),
    onBegin: async ({ location, uid }) => checkpoint?.({ location: location.href, uid, size: total }),
  });
  return upload.run();
}

/** The upload that an earlier run has begun, whose gateway is gone. */
function begunBefore({ size }: WorkspaceFile, { resumedFrom }: OperationContext): BegunUpload | undefined {
  if (resumedFrom === undefined) return undefined;
  const begun = resumedFrom as { location: string; uid: string; size: number };
  if (begun.size === size) return { location: new URL(begun.location), uid: begun.uid };
  throw new OperationError('failed', 'The file was changed while it was uploaded; upload it again');
}

async function sendForm(
  api: CloudflareApi,
  file: WorkspaceFile,
  input: Input,
  { signal, remainingMs }: OperationContext,
  onProgress: (bytes: number) => void,
): Promise<string> {
  const { type, before, after } = formOf(nameOf(file, input), 'application/octet-stream');
  const { result } = await api.request(
    {
      method: 'POST',
      path: `${api.account}/stream`,
      headers: { 'content-type': type },
      body: Readable.from(partsOf(file, before, after, onProgress), { objectMode: false }),
      bodyLength: before.length + file.size + after.length,
      permission: tokenPermissions.streamEdit,
      signal,
      timeoutMs: remainingMs,
    },
    video,
  );
  return result.uid;
}

async function* partsOf(file: WorkspaceFile, before: Buffer, after: Buffer, onProgress: (bytes: number) => void) {
  yield before;
  for (let offset = 0; offset < file.size;) {
    const part = await file.read(offset, Math.min(READ_BYTES, file.size - offset));
    if (part.length === 0) throw new OperationError('failed', 'The file became shorter while it was uploaded');
    yield part;
    offset += part.length;
    onProgress(offset);
  }
  yield after;
}

/** What an upload could not say is said once the video is there; it then stays there whatever comes of that. */
async function described(videos: Videos, uid: string, input: Input, name: string) {
  try {
    const { meta, creator, raw } = input;
    return await videos.edit({ uid, name, meta, creator, raw });
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    // uploaded once more, the video would be there twice
    const { retryAfterMs: _, ...details } = error.details;
    const message = `The video was uploaded as ${uid}, but its name and settings were not set: ${error.message}`;
    throw new OperationError(
      'failed',
      `${message}. Set them with stream-edit instead of uploading it again`,
      { ...details, retryable: false, uid },
      { cause: error },
    );
  }
}

function nameOf(file: WorkspaceFile, { name }: Input): string {
  return name ?? posix.basename(file.path);
}
