import { z } from 'zod';

/** Cloudflare writes -1 for what it does not know yet. */
const known = z
  .number()
  .nullish()
  .transform((value) => (typeof value === 'number' && value >= 0 ? value : null));

/** A video as Cloudflare answers it, in our words. */
export const video = z
  .object({
    uid: z.string(),
    meta: z.record(z.string(), z.unknown()).nullish(),
    status: z
      .object({
        state: z.string().nullish(),
        pctComplete: z.coerce.number().nullish(),
        errorReasonText: z.string().nullish(),
      })
      .nullish(),
    duration: known,
    size: known,
    input: z.object({ width: known, height: known }).nullish(),
    requireSignedURLs: z.boolean().nullish(),
    allowedOrigins: z.array(z.string()).nullish(),
    creator: z.string().nullish(),
    created: z.string().nullish(),
    readyToStreamAt: z.string().nullish(),
    scheduledDeletion: z.string().nullish(),
    preview: z.string().nullish(),
    thumbnail: z.string().nullish(),
    playback: z.object({ hls: z.string().nullish(), dash: z.string().nullish() }).nullish(),
  })
  .transform(({ meta, status, input, playback, ...found }) => ({
    uid: found.uid,
    name: typeof meta?.name === 'string' ? meta.name : null,
    state: status?.state ?? null,
    percent: status?.pctComplete ?? null,
    ...(status?.errorReasonText && { error: status.errorReasonText }),
    seconds: found.duration,
    bytes: found.size,
    requireSignedUrls: found.requireSignedURLs ?? false,
    ...(found.creator && { creator: found.creator }),
    createdAt: found.created ?? null,
    meta: meta ?? {},
    allowedOrigins: found.allowedOrigins ?? [],
    width: input?.width ?? null,
    height: input?.height ?? null,
    preview: found.preview ?? null,
    thumbnail: found.thumbnail ?? null,
    hls: playback?.hls ?? null,
    dash: playback?.dash ?? null,
    readyAt: found.readyToStreamAt ?? null,
    deletionAt: found.scheduledDeletion ?? null,
  }));

export type Video = z.output<typeof video>;

/** What a list shows of a video. */
export function summaryOf({
  uid,
  name,
  state,
  percent,
  error,
  seconds,
  bytes,
  requireSignedUrls,
  creator,
  createdAt,
}: Video) {
  return {
    uid,
    name,
    state,
    percent,
    ...(error && { error }),
    seconds,
    bytes,
    requireSignedUrls,
    ...(creator && { creator }),
    createdAt,
  };
}
