import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { Store } from '#libs/core';
import {
  syslogCollector,
  type SyslogCollector,
} from '../libs/core/src/observability/audit/delivery/testing/syslog-collector.js';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { otlpCollector, type OtlpCollector } from './otlp-collector.js';

const SOON = { timeout: 40_000, interval: 100 };
const ECHO = '/api/services/gateway/echo';

vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let syslog: SyslogCollector;
let otlp: OtlpCollector;
let env: Record<string, string>;
let gateway: TestGateway;
/** What collectors had that were closed since. */
const earlier: string[] = [];

beforeAll(async () => {
  database = await createDatabase();
  syslog = await syslogCollector('tcp');
  otlp = await otlpCollector('Bearer of-the-collector');
  env = {
    DATABASE_URL: database.url,
    AUDIT_SYSLOG_URL: syslog.url,
    AUDIT_OTLP_URL: otlp.url,
    AUDIT_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector',
  };
  gateway = await startGateway({ env });
});
afterAll(async () => {
  await gateway.close();
  await syslog.close();
  await otlp.close();
  await database.drop();
});

const heard = () => [...earlier, ...syslog.messages.map(({ text }) => (JSON.parse(text) as { id: string }).id)];
const told = () => otlp.records.map(({ attributes }) => attributes['mcp.audit.id']);
async function recorded(): Promise<string[]> {
  const { text } = await gateway.get('/admin/audit/export', { 'x-mcp-key': ADMIN_KEY });
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { id: string }).id).sort();
}
const callMany = async (count: number, on = gateway) => {
  for (let n = 0; n < count; n += 1) expect((await on.post(ECHO, { message: `${n}` })).status).toBe(200);
};
const lagOf = async (sink: string) => {
  const { text } = await gateway.get('/metrics/prometheus', { 'x-mcp-key': ADMIN_KEY });
  return Number(new RegExp(`^mcp_audit_delivery_lag_seconds\\{sink="${sink}"\\} (\\S+)$`, 'm').exec(text)?.[1]);
};
const storeState = async () => {
  const { body } = await gateway.get('/ready', { 'x-mcp-key': ADMIN_KEY });
  return (body as { details: { store: { state: string } } }).details.store.state;
};
const allArrived = () =>
  vi.waitFor(async () => {
    const all = await recorded();
    for (const ids of [heard(), told()]) {
      const missing = all.filter((id) => !ids.includes(id)).length;
      expect({ missing, doubled: ids.length - new Set(ids).size }).toEqual({ missing: 0, doubled: 0 });
    }
  }, SOON);

it('sends each line to both collectors once, in order, and without secrets', async () => {
  await callMany(20);
  await gateway.post(ECHO, { message: 'password: hunter2hunter2', token: 'ghp_0123456789abcdefghijABCDEFGHIJ012345' });
  await allArrived();
  const numbers = syslog.messages.map(({ data }) => Number(data.meta?.sequenceId));
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  expect(syslog.messages.at(-1)).toMatchObject({ severity: 4, app: 'mcp-gateway', id: 'call' });
  expect(otlp.records.at(-1)).toMatchObject({
    body: 'gateway.echo error',
    severityText: 'WARN',
    attributes: { 'mcp.audit.service': 'gateway', 'mcp.audit.outcome': 'error', 'mcp.audit.errorKind': 'invalid' },
    resource: { 'service.name': 'mcp-gateway' },
  });
  expect(JSON.stringify([syslog.messages, otlp.records])).not.toMatch(/ghp_0123/);
  expect([syslog.mistakes, otlp.mistakes]).toEqual([[], []]);
});

it('holds no call up while collectors are away, and sends what waits after an outage and a restart', async () => {
  const { port } = new URL(syslog.url);
  earlier.push(...heard());
  await syslog.close();
  otlp.status = 503;
  await callMany(700); // more than one batch
  await vi.waitFor(async () => expect(await lagOf('syslog')).toBeGreaterThan(0), SOON);
  expect(await lagOf('otlp')).toBeGreaterThan(0);
  await gateway.restart();
  await callMany(5);

  syslog = await syslogCollector('tcp', Number(port));
  otlp.status = 200;
  await allArrived();
  await vi.waitFor(async () => expect([await lagOf('syslog'), await lagOf('otlp')]).toEqual([0, 0]), SOON);
  expect([syslog.mistakes, otlp.mistakes]).toEqual([[], []]);
});

it.each([
  ['with status 413', { status: 413, text: '' }],
  [
    'as gRPC does',
    { status: 429, text: '{"code":8,"message":"grpc: received message larger than max (90000 vs. 20000)"}' },
  ],
])('sends less at once where a collector refuses a batch as too large %s, each line once', async (_how, tooLarge) => {
  Object.assign(otlp, { status: 503, tooLarge });
  await callMany(100);
  await vi.waitFor(async () => expect(await lagOf('otlp')).toBeGreaterThan(0), SOON);
  Object.assign(otlp, { status: 200, most: 20_000 });
  await allArrived();
  otlp.most = Infinity;
});

it('sends the lines of every gateway on one store, each once', async () => {
  const other = await startGateway({ env });
  onTestFinished(() => other.close());
  await Promise.all([callMany(100), callMany(100, other)]);
  await allArrived();
});

it('sends nothing that the store can’t note as sent, and each line once when it can', async () => {
  await allArrived();
  const before = told().length;
  await asSuperuser(
    database.name,
    `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$;
     CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON audit_deliveries EXECUTE FUNCTION full_disk()`,
  );
  await callMany(20);
  await vi.waitFor(async () => expect(await storeState()).toBe('refusing writes'), SOON);
  expect(told()).toHaveLength(before);
  await asSuperuser(database.name, 'DROP FUNCTION full_disk CASCADE');
  await allArrived();
  await vi.waitFor(async () => expect(await storeState()).toBe('ready'), SOON);
});

it('tells of lines that were deleted before a collector had them', async () => {
  await allArrived();
  otlp.status = 503;
  const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  onTestFinished(() => error.mockRestore());
  await callMany(3);
  const all = await recorded();
  const store = gateway.gateway.app.get(Store, { strict: false });
  const [deleted] = await store.run((manager) =>
    manager.query<{ seq: string }[]>(
      `DELETE FROM audit_lines USING audit_deliveries place WHERE place.sink = 'otlp'
       AND place.replica = audit_lines.replica AND audit_lines.seq IN (place.seq + 1, place.seq + 2)
       RETURNING audit_lines.seq`,
    ),
  );
  expect(deleted).toHaveLength(2);
  otlp.status = 200;
  await vi.waitFor(() => {
    expect(error).toHaveBeenCalledWith('2 lines of the audit were deleted before otlp had them');
    expect(told()).toHaveLength(all.length - 2);
  }, SOON);
});
