import { z } from 'zod';
import { declare } from '#libs/kit';
import { adding, cursor, limit, listed, raw, reading, replacing, time } from './fields.js';

const states = ['pendingupload', 'downloading', 'queued', 'inprogress', 'ready', 'error', 'live-inprogress'] as const;

export const uid = z
  .string()
  .regex(/^[0-9a-f]{32}$/i)
  .describe('Id of the video; stream-list shows it');

const videoName = z.string().min(1).max(500).optional();
const meta = z.record(z.string(), z.unknown()).optional();
const creator = z.string().min(1).max(64).optional().describe('Whose video it is: an id of your own');

const summary = z.object({
  uid: z.string(),
  name: z.string().nullable(),
  state: z
    .string()
    .nullable()
    .describe(`One of ${states.join(', ')}`),
  percent: z.number().nullable().describe('How far the encoding is'),
  error: z.string().optional().describe('Why it could not be encoded'),
  seconds: z.number().nullable().describe('How long it is; null while that is not known'),
  bytes: z.number().nullable(),
  requireSignedUrls: z.boolean().describe('It can only be watched with a token (stream-token)'),
  creator: z.string().optional(),
  createdAt: time,
});

const video = summary.extend({
  meta: z.record(z.string(), z.unknown()),
  allowedOrigins: z.array(z.string()).describe('Hosts whose pages may show it; empty for all'),
  width: z.int().nullable(),
  height: z.int().nullable(),
  preview: z.string().nullable().describe('Page on which it can be watched'),
  thumbnail: z.string().nullable(),
  hls: z.string().nullable(),
  dash: z.string().nullable(),
  readyAt: time,
  deletionAt: time.describe('When Cloudflare will delete it'),
  raw: z.unknown().optional(),
});

export const streamList = declare({
  name: 'stream-list',
  title: 'List videos',
  description: 'Lists the videos of Cloudflare Stream, the newest first: their names, states and lengths.',
  input: z.object({
    status: z.enum(states).optional().describe('Only videos in this state'),
    search: z.string().min(1).max(200).optional().describe('Only videos with this in their name'),
    creator,
    limit: limit
      .max(500)
      .default(50)
      .describe('Videos on a page, up to 500; more where that many were made in one instant'),
    cursor,
    raw,
  }),
  output: z.object({ videos: z.array(summary), ...listed }),
  ...reading,
});

export const streamGet = declare({
  name: 'stream-get',
  title: 'Show a video',
  description: 'Shows one video of Cloudflare Stream: how far its encoding is, where it can be watched, its settings.',
  input: z.object({ uid, raw }),
  output: video,
  ...reading,
});

export const streamStorage = declare({
  name: 'stream-storage',
  title: 'Storage of Stream',
  description: 'Tells how many minutes of video are stored in Cloudflare Stream, and how many may be.',
  input: z.object({ creator }),
  output: z.object({ videos: z.int(), minutes: z.number(), limitMinutes: z.number().nullable() }),
  ...reading,
});

export const streamEmbed = declare({
  name: 'stream-embed',
  title: 'HTML for a video',
  description: 'Answers the HTML that shows a video of Cloudflare Stream in a page.',
  input: z.object({ uid }),
  output: z.object({ uid: z.string(), html: z.string() }),
  ...reading,
});

export const streamUpload = declare({
  name: 'stream-upload',
  title: 'Upload a video',
  description:
    'Brings a video into Cloudflare Stream: a file of the workspace, or whatever a URL leads to, which Cloudflare then fetches itself. It answers when the video is there; encoding goes on after it (see stream-get).',
  slash: 'stream upload [path]',
  input: z.object({
    path: z.string().min(1).max(4_096).optional().describe('File in the workspace, such as "videos/lesson1.mp4"'),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_048)
      .optional()
      .describe('Public URL of a video, in place of path'),
    name: videoName.describe('Name of the video; by default that of the file'),
    meta: meta.describe('More that is to be kept with it'),
    creator,
    requireSigned: z.boolean().default(false).describe('Let it be watched with a token only (stream-token)'),
    raw,
  }),
  output: video,
  ...adding,
  deadlineMs: 4 * 3_600_000,
});

export const streamUploadUrl = declare({
  name: 'stream-upload-url',
  title: 'Let someone else upload a video',
  description:
    'Makes a URL to which one video can be uploaded without a credential, once: by POST of a form with a field "file", up to 200 MB. Give it to whoever has the video.',
  input: z.object({
    maxDurationSeconds: z.int().min(1).max(36_000).describe('How long the video may be, in seconds'),
    expiry: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('ISO 8601: until when it can be used; by default for half an hour'),
    name: videoName.describe('Name of the video'),
    creator,
    requireSigned: z.boolean().default(false).describe('Let it be watched with a token only (stream-token)'),
  }),
  output: z.object({ uid: z.string().describe('Of the video that will be there'), uploadUrl: z.string() }),
  ...adding,
});

export const streamEdit = declare({
  name: 'stream-edit',
  title: 'Change a video’s settings',
  description: 'Changes the given settings of a video in Cloudflare Stream and leaves the others as they are.',
  input: z.object({
    uid,
    name: videoName.describe('Another name'),
    meta: meta.describe('Keys to set; null takes one away'),
    creator,
    requireSigned: z.boolean().optional().describe('Whether it can only be watched with a token'),
    allowedOrigins: z
      .array(z.string().min(1).max(253))
      .max(100)
      .optional()
      .describe('Hosts whose pages may show it, such as "*.example.com"; empty for all'),
    deletionAt: z.iso
      .datetime({ offset: true })
      .nullable()
      .optional()
      .describe('ISO 8601: when Cloudflare is to delete it, 30 days after the upload or later; null for never'),
    raw,
  }),
  output: video,
  ...replacing,
});

export const streamDelete = declare({
  name: 'stream-delete',
  title: 'Delete a video',
  description: 'Deletes a video of Cloudflare Stream with all its copies, for good.',
  input: z.object({ uid }),
  output: z.object({ uid: z.string().describe('Of the video that is gone') }),
  ...replacing,
  permission: 'admin',
});

export const streamToken = declare({
  name: 'stream-token',
  title: 'Let someone watch a video',
  description:
    'Makes a token with which a video that needs signed URLs can be watched for a while: it takes the place of the uid in the video’s URLs.',
  input: z.object({
    uid,
    expiresInSeconds: z.int().min(60).max(86_400).default(3_600).describe('How long it is good, up to a day'),
    downloadable: z.boolean().default(false).describe('Let it be downloaded too'),
  }),
  output: z.object({ uid: z.string(), token: z.string(), expiresAt: z.string() }),
  ...adding,
});
