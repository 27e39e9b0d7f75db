import { randomBytes } from 'node:crypto';
import type { RecordResponse } from 'cloudflare/resources/dns/records';
import type { Caption } from 'cloudflare/resources/stream/captions/captions';
import type { DownloadGetResponse } from 'cloudflare/resources/stream/downloads';
import type { Video } from 'cloudflare/resources/stream/stream';
import type { Zone } from 'cloudflare/resources/zones/zones';

/** A video as it is kept: all that the API may leave out is there where the tests need it. */
export interface KeptVideo {
  video: Video & { uid: string; created: string };
  captions: Map<string, Caption>;
  downloads: DownloadGetResponse;
  /** Bytes that came in, where they were sent and not fetched. */
  received: number;
}

/** What the server keeps: it starts with two zones, a few records and two videos. */
export interface State {
  readonly zones: Map<string, Zone>;
  readonly records: Map<string, Map<string, RecordResponse>>;
  readonly videos: Map<string, KeptVideo>;
  /** Captions as they came, by `uid language`. */
  readonly vtts: Map<string, string>;
  readonly purges: { zone: string; what: unknown }[];
}

export const newId = () => randomBytes(16).toString('hex');

export const ACCOUNT = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
export const ZONES = { 'ozean-licht.dev': 'a'.repeat(32), 'kids-ascension.dev': 'b'.repeat(32) } as const;
export const VIDEOS = { lesson: 'c'.repeat(32), draft: 'd'.repeat(32) } as const;
export const RECORDS = { apex: 'e'.repeat(32), mail: 'f'.repeat(32), www: '1'.repeat(32) } as const;

const BEGAN = '2026-01-15T08:00:00Z';

export function firstState(): State {
  const zones = new Map(Object.entries(ZONES).map(([name, id]) => [id, zone(id, name)]));
  const records = new Map(Object.values(ZONES).map((id) => [id, new Map<string, RecordResponse>()]));
  for (const record of firstRecords()) records.get(ZONES['ozean-licht.dev'])?.set(record.id, record);
  return {
    zones,
    records,
    videos: new Map(firstVideos().map((kept) => [kept.video.uid, kept])),
    purges: [],
    vtts: new Map(),
  };
}

function zone(id: string, name: string): Zone {
  return {
    id,
    name,
    account: { id: ACCOUNT, name: 'Ozean Licht' },
    activated_on: BEGAN,
    created_on: BEGAN,
    modified_on: BEGAN,
    development_mode: 0,
    meta: {
      cdn_only: false,
      dns_only: false,
      foundation_dns: false,
      page_rule_quota: 3,
      phishing_detected: false,
      step: 2,
    },
    name_servers: ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com'],
    original_dnshost: null,
    original_name_servers: ['ns1.registrar.example'],
    original_registrar: null,
    owner: { id: null as never, type: 'user' },
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- it can't be changed here any more, but is still answered
    plan: { id: '0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee', name: 'Free Website', price: 0, currency: 'USD' },
    paused: false,
    status: 'active',
    type: 'full',
  };
}

function firstRecords(): RecordResponse[] {
  const common = { ttl: 1, meta: {}, created_on: BEGAN, modified_on: BEGAN, tags: [], settings: {} };
  return [
    {
      ...common,
      id: RECORDS.apex,
      type: 'A',
      name: 'ozean-licht.dev',
      content: '203.0.113.7',
      proxied: true,
      proxiable: true,
    },
    {
      ...common,
      id: RECORDS.mail,
      type: 'MX',
      name: 'ozean-licht.dev',
      content: 'mail.ozean-licht.dev',
      priority: 10,
      proxied: false,
      proxiable: false,
    },
    {
      ...common,
      id: RECORDS.www,
      type: 'CNAME',
      name: 'www.ozean-licht.dev',
      content: 'ozean-licht.dev',
      comment: 'the site',
      proxied: true,
      proxiable: true,
    },
  ];
}

function firstVideos(): KeptVideo[] {
  const lesson = newVideo(VIDEOS.lesson, '2026-02-01T10:00:00Z', { name: 'Lesson 1' });
  Object.assign(lesson.video, {
    duration: 312.5,
    readyToStream: true,
    readyToStreamAt: '2026-02-01T10:04:00Z',
    size: 48_000_000,
    status: { state: 'ready', pctComplete: '100.000000', errorReasonCode: '', errorReasonText: '' },
  } satisfies Video);
  lesson.captions.set('de', { language: 'de', label: 'Deutsch', generated: false, status: 'ready' });
  return [lesson, newVideo(VIDEOS.draft, '2026-02-02T10:00:00Z', { name: 'Draft' })];
}

/** A video of which nothing but its place is there. */
export function newVideo(uid: string, created: string, meta: Record<string, unknown>): KeptVideo {
  const host = `https://customer-m033z5x00ks6nunl.cloudflarestream.com/${uid}`;
  return {
    video: {
      uid,
      created,
      modified: created,
      uploaded: created,
      meta,
      duration: -1,
      size: 0,
      input: { width: -1, height: -1 },
      allowedOrigins: [],
      requireSignedURLs: false,
      readyToStream: false,
      thumbnail: `${host}/thumbnails/thumbnail.jpg`,
      preview: `${host}/watch`,
      playback: { hls: `${host}/manifest/video.m3u8`, dash: `${host}/manifest/video.mpd` },
      status: { state: 'queued', errorReasonCode: '', errorReasonText: '' },
    },
    captions: new Map(),
    downloads: {},
    received: 0,
  };
}
