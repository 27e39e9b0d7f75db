import type {
  RecordBatchResponse,
  RecordDeleteResponse,
  RecordListParams,
  RecordResponse,
} from 'cloudflare/resources/dns/records';
import { z } from 'zod';
import { empty, jsonOf, notFound, pageOf, paging, queryOf, route, type Call, type Route } from './call.js';
import { recordFrom, recordPatched, requireRoom } from './dns-record.js';
import type { State } from './state.js';
import { zoneOf } from './zones.js';

type Records = Map<string, RecordResponse>;

const filters = {
  type: z.custom<NonNullable<RecordListParams['type']>>((value) => /^[A-Z]{1,10}$/.test(String(value))).optional(),
  'name.exact': z.string().optional(),
  'content.exact': z.string().optional(),
  search: z.string().optional(),
};
const object = z.looseObject({});
const withId = z.looseObject({ id: z.string() });
const batchBody = z.strictObject({
  deletes: z.array(z.strictObject({ id: z.string() })).default([]),
  patches: z.array(withId).default([]),
  puts: z.array(withId).default([]),
  posts: z.array(object).default([]),
});

export function dnsRoutes(state: State): Route[] {
  const recordsOf = ({ params }: Call) => state.records.get(zoneOf(state, params).id) ?? (new Map() as Records);
  const path = '/zones/:zone/dns_records';
  return [
    route<RecordResponse[]>('GET', path, (call) => {
      const {
        type,
        search,
        'name.exact': name,
        'content.exact': content,
        ...page
      } = queryOf(call, {
        ...paging(5_000_000),
        ...filters,
      });
      const fits = (record: RecordResponse) =>
        (type === undefined || record.type === type) &&
        (name === undefined || record.name === name.toLowerCase()) &&
        (content === undefined || record.content === content) &&
        (search === undefined || JSON.stringify(record).includes(search));
      return pageOf([...recordsOf(call).values()].filter(fits), page);
    }),
    route<string>('GET', `${path}/export`, async (call) => {
      await empty(call);
      const line = ({ name, ttl, type, content }: RecordResponse) => `${name}.\t${ttl}\tIN\t${type}\t${content}`;
      return { text: `${[...recordsOf(call).values()].map(line).join('\n')}\n`, type: 'text/plain' };
    }),
    route<RecordBatchResponse>('POST', `${path}/batch`, async (call) => {
      const records = recordsOf(call);
      const tried = new Map(records);
      const body = await jsonOf(call, batchBody);
      const deletes = body.deletes.map(({ id }) => remove(tried, id));
      const patches = body.patches.map(({ id, ...changes }) => put(tried, recordPatched(take(tried, id), changes)));
      const puts = body.puts.map(({ id, ...whole }) => put(tried, recordFrom(whole, take(tried, id))));
      const posts = body.posts.map((whole) => put(tried, recordFrom(whole)));
      records.clear();
      for (const record of tried.values()) records.set(record.id, record);
      return { result: { deletes, patches, puts, posts } };
    }),
    route<RecordResponse>('POST', path, async (call) => ({
      result: put(recordsOf(call), recordFrom(await jsonOf(call, object))),
    })),
    route<RecordResponse>('GET', `${path}/:record`, async (call) => {
      await empty(call);
      return { result: take(recordsOf(call), call.params.record) };
    }),
    route<RecordResponse>('PATCH', `${path}/:record`, async (call) => {
      const before = take(recordsOf(call), call.params.record);
      return { result: put(recordsOf(call), recordPatched(before, await jsonOf(call, object))) };
    }),
    route<RecordResponse>('PUT', `${path}/:record`, async (call) => {
      const before = take(recordsOf(call), call.params.record);
      return { result: put(recordsOf(call), recordFrom(await jsonOf(call, object), before)) };
    }),
    route<RecordDeleteResponse>('DELETE', `${path}/:record`, async (call) => {
      await empty(call);
      return { result: { id: remove(recordsOf(call), call.params.record).id } };
    }),
  ];
}

function take(records: Records, id = ''): RecordResponse {
  const found = records.get(id);
  if (!found) throw notFound(81_044, 'Record does not exist: it was');
  return found;
}

function put(records: Records, record: RecordResponse): RecordResponse {
  requireRoom(record, records.values());
  records.set(record.id, record);
  return record;
}

function remove(records: Records, id = ''): RecordResponse {
  const found = take(records, id);
  records.delete(id);
  return found;
}
