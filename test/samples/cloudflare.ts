import { startCloudflare, type CloudflareServer } from '../contract/cloudflare/server.js';
import { RECORDS, VIDEOS, ZONES } from '../contract/cloudflare/state.js';
import type { Sample, ServiceSamples } from './sample.js';

const ZONE = 'ozean-licht.dev';
const TRIED = '9'.repeat(32);
const QUERY = `{ viewer { zones(filter: { zoneTag: "${ZONES[ZONE]}" }) { httpRequests1dGroups(limit: 1, filter: { date_geq: "2026-03-01", date_lt: "2026-03-02" }) { sum { requests } } } } }`;

/** What of a record is the same however often it is made. */
const withoutId = ({ id: _, modifiedAt: __, ...record }: { id: string; modifiedAt: string }) => record;

function dnsSamples({ state }: CloudflareServer): Record<string, Sample> {
  const records = state.records.get(ZONES[ZONE])!;
  const www = records.get(RECORDS.www)!;
  /** A record that the next call changes or deletes, and none that the call before made. */
  const onlyTried = () => {
    for (const id of records.keys()) if (!Object.values<string>(RECORDS).includes(id)) records.delete(id);
    records.set(TRIED, { ...www, id: TRIED, name: `tried.${ZONE}` });
    return Promise.resolve();
  };
  return {
    'cloudflare.dns-list-records': {
      input: { zone: ZONE, type: 'MX', limit: 2 },
      command: `/mcp-cloudflare dns list-records ${ZONE} --type=mx --limit=2`,
    },
    'cloudflare.dns-get-record': {
      input: { zone: ZONES[ZONE], record: RECORDS.www, raw: true },
      command: `/mcp-cloudflare dns get-record ${ZONES[ZONE]} ${RECORDS.www} --raw`,
    },
    'cloudflare.dns-export': {
      input: { zone: ZONE },
      command: `/mcp-cloudflare dns export ${ZONE}`,
      before: onlyTried,
    },
    'cloudflare.dns-create-record': {
      input: { zone: ZONE, type: 'A', name: `new.${ZONE}`, content: '203.0.113.8', proxied: true },
      command: `/mcp-cloudflare dns create-record ${ZONE} A new.${ZONE} 203.0.113.8 --proxied`,
      before: onlyTried,
      stable: withoutId,
    },
    'cloudflare.dns-update-record': {
      input: { zone: ZONE, record: TRIED, content: 'elsewhere.example', comment: 'moved' },
      command: `/mcp-cloudflare dns update-record ${ZONE} ${TRIED} --content elsewhere.example --comment moved`,
      before: onlyTried,
      stable: withoutId,
    },
    'cloudflare.dns-delete-record': {
      input: { zone: ZONE, record: TRIED },
      command: `/mcp-cloudflare dns delete-record ${ZONE} ${TRIED}`,
      before: onlyTried,
    },
    'cloudflare.dns-batch': {
      input: {
        zone: ZONE,
        deletes: [{ id: TRIED }],
        posts: [{ type: 'TXT', name: `note.${ZONE}`, content: '"a text"' }],
      },
      command: `/mcp-cloudflare dns batch ${ZONE} --deletes '[{"id":"${TRIED}"}]' --posts '[{"type":"TXT","name":"note.${ZONE}","content":"\\"a text\\""}]'`,
      before: onlyTried,
      stable: ({ deleted, created }: Record<'deleted' | 'created', { id: string }[]>) => [
        deleted,
        created.map(({ id: _, ...record }) => record),
      ],
    },
  };
}

function streamSamples({ state }: CloudflareServer): Record<string, Sample> {
  const { lesson, draft } = VIDEOS;
  const withoutUid = ({ uid: _, ...data }: { uid: string }) => data;
  /** A video as it came in, without what is new each time. */
  const newVideo = ({ name, state, requireSignedUrls }: Record<string, unknown>) => ({
    name,
    state,
    requireSignedUrls,
  });
  /** No videos but those of the beginning, and one that the next call deletes. */
  const onlyTried = () => {
    for (const uid of state.videos.keys()) if (uid !== lesson && uid !== draft) state.videos.delete(uid);
    const kept = state.videos.get(draft)!;
    state.videos.set(TRIED, { ...kept, video: { ...kept.video, uid: TRIED } });
    return Promise.resolve();
  };
  const onlyFirst = async () => {
    await onlyTried();
    state.videos.delete(TRIED);
  };
  return {
    'cloudflare.stream-list': {
      input: { status: 'ready', limit: 5 },
      command: '/mcp-cloudflare stream list --status=ready --limit=5',
    },
    'cloudflare.stream-get': { input: { uid: lesson }, command: `/mcp-cloudflare stream get ${lesson}` },
    'cloudflare.stream-storage': { input: {}, command: '/mcp-cloudflare stream storage', before: onlyFirst },
    'cloudflare.stream-embed': { input: { uid: lesson }, command: `/mcp-cloudflare stream embed ${lesson}` },
    'cloudflare.stream-upload': {
      input: { url: 'https://files.example/two.mp4', name: 'Lesson 2' },
      command: '/mcp-cloudflare stream upload --url https://files.example/two.mp4 --name "Lesson 2"',
      stable: newVideo,
    },
    'cloudflare.stream-upload-url': {
      input: { maxDurationSeconds: 600 },
      command: '/mcp-cloudflare stream upload-url 600',
      stable: ({ uploadUrl }: { uploadUrl: string }) => uploadUrl.replace(/[^/]*$/, ''),
    },
    'cloudflare.stream-edit': {
      input: { uid: draft, name: 'Draft 2', requireSigned: true },
      command: `/mcp-cloudflare stream edit ${draft} --name "Draft 2" --require-signed`,
    },
    'cloudflare.stream-delete': {
      input: { uid: TRIED },
      command: `/mcp-cloudflare stream delete ${TRIED}`,
      before: onlyTried,
    },
    'cloudflare.stream-token': {
      input: { uid: lesson, expiresInSeconds: 600 },
      command: `/mcp-cloudflare stream token ${lesson} --expires-in-seconds=600`,
      stable: ({ uid }: { uid: string }) => uid,
    },
    'cloudflare.stream-downloads': {
      input: { uid: lesson, action: 'create' },
      command: `/mcp-cloudflare stream downloads ${lesson} --action=create`,
      stable: withoutUid,
    },
    'cloudflare.stream-captions': {
      input: { uid: lesson, action: 'generate', language: 'en' },
      command: `/mcp-cloudflare stream captions ${lesson} --action=generate --language=en`,
      stable: withoutUid,
    },
  };
}

const analyticsSamples: Record<string, Sample> = {
  'cloudflare.cache-purge': {
    input: { zone: ZONE, files: [`https://${ZONE}/style.css`] },
    command: `/mcp-cloudflare cache purge ${ZONE} https://${ZONE}/style.css`,
  },
  'cloudflare.cache-purge-everything': {
    input: { zone: ZONE },
    command: `/mcp-cloudflare cache purge-everything ${ZONE}`,
  },
  'cloudflare.analytics': {
    input: { zone: ZONE, since: '2026-03-01T00:00:00Z', until: '2026-03-03T00:00:00Z', granularity: 'day' },
    command: `/mcp-cloudflare analytics ${ZONE} --since 2026-03-01T00:00:00Z --until 2026-03-03T00:00:00Z --granularity day`,
  },
  'cloudflare.graphql': { input: { query: QUERY }, command: `/mcp-cloudflare graphql '${QUERY}'` },
  'cloudflare.verify-token': { input: {}, command: '/mcp-cloudflare verify-token' },
};
/** Reads and writes a Cloudflare of its own. */
export async function cloudflareSamples(): Promise<ServiceSamples> {
  const cloudflare = await startCloudflare();
  const samples: Record<string, Sample> = {
    'cloudflare.zones-list': { input: {}, command: '/mcp-cloudflare zones list' },
    'cloudflare.zones-get': { input: { zone: ZONE }, command: `/mcp-cloudflare zones get ${ZONE}` },
    ...dnsSamples(cloudflare),
    ...streamSamples(cloudflare),
    ...analyticsSamples,
  };
  return { env: cloudflare.env, samples, close: () => cloudflare.close() };
}
