import { z } from 'zod';
import { OperationError, type InputOf, type OutputOf } from '#libs/kit';
import type { CloudflareApi } from '../cloudflare-api.js';
import type * as stream from '../operations/stream.js';
import { rawOf } from '../raw.js';
import { tokenPermissions } from '../token-permissions.js';
import { summaryOf, video } from './video.js';

const { streamRead, streamEdit } = tokenPermissions;

/** The most that Cloudflare lists at once. */
const MAX_LISTED = 1_000;

/** The videos of the operator's account. */
export class Videos {
  private readonly path: string;

  constructor(
    private readonly api: CloudflareApi,
    private readonly signal: AbortSignal,
  ) {
    this.path = `${api.account}/stream`;
  }

  /**
   * Cloudflare has no pages here, and answers what is older than a time: that of the last video is the cursor. A page
   * therefore never ends between videos of one instant, and is longer than the limit where so many are of one.
   */
  async list(input: InputOf<typeof stream.streamList>): Promise<OutputOf<typeof stream.streamList>> {
    let asked = await this.newest(input, input.limit + 1);
    let count = wholeInstants(asked.result, input.limit);
    if (count === 0 && asked.result.length > 0) {
      asked = await this.newest(input, MAX_LISTED);
      count = firstInstant(asked.result);
    }
    const { result, raw } = asked;
    const shown = result.slice(0, count);
    return {
      videos: shown.map(summaryOf),
      total: null,
      nextCursor: result.length > count ? (shown.at(-1)?.createdAt ?? null) : null,
      ...rawOf(input, Array.isArray(raw) ? raw.slice(0, count) : raw),
    };
  }

  private newest({ status, search, creator, cursor }: InputOf<typeof stream.streamList>, limit: number) {
    const query = { status, search, creator, end: cursor, limit };
    return this.api.request({ path: this.path, query, permission: streamRead, signal: this.signal }, z.array(video));
  }

  async get(input: InputOf<typeof stream.streamGet>): Promise<OutputOf<typeof stream.streamGet>> {
    const { result, raw } = await this.read(input.uid, '', video);
    return { ...result, ...rawOf(input, raw) };
  }

  async storage({ creator }: InputOf<typeof stream.streamStorage>): Promise<OutputOf<typeof stream.streamStorage>> {
    const usage = z.object({
      videoCount: z.number().nullish(),
      totalStorageMinutes: z.number().nullish(),
      totalStorageMinutesLimit: z.number().nullish(),
    });
    const request = {
      path: `${this.path}/storage-usage`,
      query: { creator },
      permission: streamRead,
      signal: this.signal,
    };
    const { result } = await this.api.request(request, usage);
    return {
      videos: result.videoCount ?? 0,
      minutes: result.totalStorageMinutes ?? 0,
      limitMinutes: result.totalStorageMinutesLimit ?? null,
    };
  }

  async embed({ uid }: InputOf<typeof stream.streamEmbed>): Promise<OutputOf<typeof stream.streamEmbed>> {
    const path = `${this.path}/${uid}/embed`;
    return { uid, html: await this.api.text({ path, permission: streamRead, signal: this.signal }) };
  }

  /** Has Cloudflare fetch a video by itself. */
  async copy(
    input: InputOf<typeof stream.streamUpload> & { url: string },
  ): Promise<OutputOf<typeof stream.streamUpload>> {
    const { url, creator, requireSigned } = input;
    const name = input.name ?? (new URL(url).pathname.split('/').pop() || undefined);
    const json = {
      input: url,
      meta: { ...input.meta, ...(name && { name }) },
      creator,
      requireSignedURLs: requireSigned,
    };
    const { result, raw } = await this.change('POST', '/copy', video, json);
    return { ...result, ...rawOf(input, raw) };
  }

  async uploadUrl(input: InputOf<typeof stream.streamUploadUrl>): Promise<OutputOf<typeof stream.streamUploadUrl>> {
    const { maxDurationSeconds, expiry, name, creator, requireSigned } = input;
    const json = {
      maxDurationSeconds,
      expiry,
      creator,
      requireSignedURLs: requireSigned,
      ...(name !== undefined && { meta: { name } }),
    };
    const made = z.object({ uid: z.string(), uploadURL: z.string() });
    const { result } = await this.change('POST', '/direct_upload', made, json);
    return { uid: result.uid, uploadUrl: result.uploadURL };
  }

  /** Cloudflare takes `meta` whole: what is there already is looked up first. */
  async edit(
    input: Omit<InputOf<typeof stream.streamEdit>, 'raw'> & { raw?: boolean },
  ): Promise<OutputOf<typeof stream.streamEdit>> {
    const { uid, name, creator, requireSigned, allowedOrigins, deletionAt } = input;
    const changes = { creator, requireSignedURLs: requireSigned, allowedOrigins, scheduledDeletion: deletionAt };
    const meta = name === undefined && input.meta === undefined ? undefined : await this.mergedMeta(input);
    if ([meta, ...Object.values(changes)].every((value) => value === undefined)) {
      throw new OperationError('invalid', 'There is nothing to do: expected a setting to change', {
        issues: [{ path: '', expected: 'a setting to change', got: 'none' }],
      });
    }
    const { result, raw } = await this.change('POST', `/${uid}`, video, { ...changes, meta });
    return { ...result, ...rawOf({ raw: input.raw ?? false }, raw) };
  }

  async delete({ uid }: InputOf<typeof stream.streamDelete>): Promise<OutputOf<typeof stream.streamDelete>> {
    await this.api.text({ method: 'DELETE', path: `${this.path}/${uid}`, permission: streamEdit, signal: this.signal });
    return { uid };
  }

  async token(input: InputOf<typeof stream.streamToken>): Promise<OutputOf<typeof stream.streamToken>> {
    const { uid, expiresInSeconds, downloadable } = input;
    const exp = Math.floor(Date.now() / 1_000) + expiresInSeconds;
    const json = { exp, downloadable };
    const request = { method: 'POST', path: `${this.path}/${uid}/token`, json, idempotent: true };
    const made = z.object({ token: z.string() });
    const { result } = await this.api.request({ ...request, permission: streamEdit, signal: this.signal }, made);
    return { uid, token: result.token, expiresAt: new Date(exp * 1_000).toISOString() };
  }

  private async mergedMeta({ uid, name, meta }: { uid: string; name?: string | undefined; meta?: object | undefined }) {
    const { result } = await this.read(uid, '', video);
    const merged = { ...result.meta, ...meta, ...(name !== undefined && { name }) };
    return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
  }

  private read<T>(uid: string, below: string, schema: z.ZodType<T>) {
    const path = `${this.path}/${uid}${below}`;
    return this.api.request({ path, permission: streamRead, signal: this.signal }, schema);
  }

  private change<T>(method: string, below: string, schema: z.ZodType<T>, json: object) {
    const path = `${this.path}${below}`;
    return this.api.request({ method, path, json, permission: streamEdit, signal: this.signal }, schema);
  }
}

interface Made {
  createdAt: string | null;
}

/** How many of the first `limit` videos there are before the instant of the next one. */
function wholeInstants(videos: readonly Made[], limit: number): number {
  const next = videos[limit];
  if (!next) return videos.length;
  return videos.findIndex(({ createdAt }) => createdAt === next.createdAt);
}

/** How many videos there are of the first one's instant. */
function firstInstant(videos: readonly Made[]): number {
  const others = videos.findIndex(({ createdAt }) => createdAt !== videos[0]?.createdAt);
  return others === -1 ? videos.length : others;
}
