import type { RecordResponse } from 'cloudflare/resources/dns/records';
import { z } from 'zod';
import { Refused } from './call.js';
import { newId } from './state.js';

const common = {
  name: z.string().min(1),
  ttl: z.int().refine((seconds) => seconds === 1 || (seconds >= 60 && seconds <= 86_400), 'Invalid TTL'),
  proxied: z.boolean().default(false),
  comment: z.string().max(100).optional(),
  tags: z.array(z.string()).default([]),
};
const text = z.string().min(1);

/** The kinds of record that the tests use, as the API takes them. */
const whole = z.discriminatedUnion('type', [
  z.strictObject({ ...common, type: z.literal('A'), content: z.ipv4() }),
  z.strictObject({ ...common, type: z.literal('AAAA'), content: z.ipv6() }),
  z.strictObject({ ...common, type: z.literal('CNAME'), content: text }),
  z.strictObject({ ...common, type: z.literal('TXT'), content: text }),
  z.strictObject({ ...common, type: z.literal('MX'), content: text, priority: z.int().min(0).max(65_535) }),
  z.strictObject({
    ...common,
    type: z.literal('SRV'),
    data: z.strictObject({ priority: z.int(), weight: z.int(), port: z.int(), target: text }),
  }),
]);

/** What is served of a record that comes in; `before` is what it was. Throws what the API refuses. */
export function recordFrom(body: unknown, before?: RecordResponse): RecordResponse {
  const read = whole.safeParse(body);
  if (!read.success) throw new Refused(400, 9_005, `DNS Validation Error: ${z.prettifyError(read.error)}`);
  const now = new Date().toISOString();
  const proxiable = ['A', 'AAAA', 'CNAME'].includes(read.data.type);
  if (read.data.proxied && !proxiable) throw new Refused(400, 9_004, 'This record type cannot be proxied.');
  const kept = {
    id: before?.id ?? newId(),
    created_on: before?.created_on ?? now,
    modified_on: now,
    meta: {},
    settings: {},
    proxiable,
  };
  if (read.data.type !== 'SRV') return { ...read.data, ...kept };
  const { weight, port, target } = read.data.data;
  return { ...read.data, ...kept, content: `${weight} ${port} ${target}` };
}

/** A record with some of it changed: what comes in stands over what is there. */
export function recordPatched(before: RecordResponse, changes: object): RecordResponse {
  const { type, name, content, ttl, proxied, comment, tags } = before;
  const { priority } = before as { priority?: number };
  const { data } = before as { data?: unknown };
  const body = { type, name, ttl, proxied, comment, tags, priority, ...(data === undefined ? { content } : { data }) };
  return recordFrom(JSON.parse(JSON.stringify({ ...body, ...changes })), before);
}

/** Refuses a record that can't stand beside those that are there. */
export function requireRoom(record: RecordResponse, others: Iterable<RecordResponse>): void {
  const addressed = ['A', 'AAAA', 'CNAME'];
  for (const other of others) {
    if (other.id === record.id || other.name !== record.name) continue;
    if (other.type === record.type && other.content === record.content) {
      throw new Refused(400, 81_058, 'An identical record already exists.');
    }
    const both = addressed.includes(other.type) && addressed.includes(record.type);
    if (both && (other.type === 'CNAME' || record.type === 'CNAME')) {
      throw new Refused(400, 81_053, 'An A, AAAA, or CNAME record with that host already exists.');
    }
  }
}
