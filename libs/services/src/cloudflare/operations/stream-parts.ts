import { z } from 'zod';
import { declare } from '#libs/kit';
import { replacing } from './fields.js';
import { uid } from './stream.js';

const state = z.string().describe('ready, inprogress or error');

export const streamDownloads = declare({
  name: 'stream-downloads',
  title: 'Downloads of a video',
  description:
    'Shows from where a video of Cloudflare Stream can be downloaded, and makes or deletes such a download. Making one takes a while: ask again until it is ready.',
  input: z.object({
    uid,
    action: z.enum(['show', 'create', 'delete']).default('show').describe('What to do'),
    type: z.enum(['default', 'audio']).default('default').describe('The video as MP4, or its sound alone'),
  }),
  output: z.object({
    uid: z.string(),
    downloads: z.array(
      z.object({ type: z.string(), state, percent: z.number().nullable(), url: z.string().nullable() }),
    ),
  }),
  ...replacing,
});

export const streamCaptions = declare({
  name: 'stream-captions',
  title: 'Captions of a video',
  description:
    'Shows the captions of a video of Cloudflare Stream, reads those of a language as WebVTT, has them generated from speech, uploads or deletes them.',
  input: z.object({
    uid,
    action: z.enum(['show', 'read', 'generate', 'upload', 'delete']).default('show').describe('What to do'),
    language: z
      .string()
      .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/)
      .optional()
      .describe('Language tag such as "de" or "en-GB"; needed for all but show'),
    vtt: z.string().min(1).max(900_000).optional().describe('The captions as WebVTT, for upload'),
  }),
  output: z.object({
    uid: z.string(),
    captions: z.array(
      z.object({ language: z.string(), label: z.string().nullable(), generated: z.boolean(), state: state.nullable() }),
    ),
    vtt: z.string().optional(),
  }),
  ...replacing,
});
