import { startCloudflare, type CloudflareServer } from '../contract/cloudflare/server.js';
import { RECORDS, ZONES } from '../contract/cloudflare/state.js';
import type { Sample, ServiceSamples } from './sample.js';

const ZONE = 'ozean-licht.dev';
const TRIED = '9'.repeat(32);

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
      stable: (data: Record<'deleted' | 'created', { id: string; modifiedAt: string }[]>) => ({
        ...data,
        deleted: data.deleted.map(withoutId),
        created: data.created.map(withoutId),
      }),
    },
  };
}

/** Reads and writes a Cloudflare of its own. */
export async function cloudflareSamples(): Promise<ServiceSamples> {
  const cloudflare = await startCloudflare();
  const samples: Record<string, Sample> = {
    'cloudflare.zones-list': { input: {}, command: '/mcp-cloudflare zones list' },
    'cloudflare.zones-get': { input: { zone: ZONE }, command: `/mcp-cloudflare zones get ${ZONE}` },
    ...dnsSamples(cloudflare),
  };
  return { env: cloudflare.env, samples, close: () => cloudflare.close() };
}
