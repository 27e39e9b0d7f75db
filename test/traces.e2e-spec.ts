import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SupervisedUpstreams } from '../libs/core/src/upstreams/supervised-upstreams.js';
import { createDatabase, type TestDatabase } from './database.js';
import { modernServer } from './fixtures/upstreams/modern-server.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { traceCollector, type CollectedSpan } from './trace-collector.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const traceparent = `00-${TRACE}-${PARENT}-01`;

let collector: Awaited<ReturnType<typeof traceCollector>>;
let database: TestDatabase;
let upstream: HttpUpstream;
let gateway: TestGateway;

const spansOf = (traceId: string, least: number) =>
  vi.waitFor(() => {
    const found = collector.spans.filter((span) => span.traceId === traceId);
    expect(found.length).toBeGreaterThanOrEqual(least);
    return found;
  }, 15_000);
const named = (spans: CollectedSpan[], name: string) => {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`No span ${name} among ${spans.map((span) => span.name).join(', ')}`);
  return found;
};
const traceOf = (digit: string) => digit.repeat(32);
const parentOf = (digit: string) => ({ traceparent: `00-${traceOf(digit)}-${PARENT}-01` });

beforeAll(async () => {
  collector = await traceCollector({ authorization: 'Bearer of the collector' });
  database = await createDatabase('CREATE TABLE things (id int)');
  upstream = await modernServer();
  gateway = await startGateway({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of%20the%20collector',
      OTEL_SERVICE_NAME: 'gateway under test',
      POSTGRES_SHOP_URL: await database.readerUrl(),
      MCP_SERVERS: JSON.stringify({ modern: { url: upstream.url } }),
      LOG_LEVEL: 'info',
      MCP_LOG_CONSOLE: 'false',
    },
  });
  await gateway.gateway.app.get(SupervisedUpstreams).find('modern')!.reached(20_000);
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([upstream.close(), collector.close(), database.drop()]);
  expect(collector.mistakes).toEqual([]);
});

describe('a trace', () => {
  it('goes from the client’s request through the call and its steps to the database', async () => {
    const { status } = await gateway.post(
      '/api/services/postgres/query',
      { database: 'shop', query: 'SELECT * FROM things' },
      { ...admin, traceparent },
    );
    expect(status).toBe(200);
    const spans = await spansOf(TRACE, 8);
    const request = named(spans, 'POST /api/services/:service/:operation');
    expect(request).toMatchObject({ parentSpanId: PARENT, kind: 2, service: 'gateway under test', failed: false });
    expect(request.attributes['http.response.status_code']).toEqual(200);
    const call = named(spans, 'postgres.query');
    expect(call.parentSpanId).toBe(request.spanId);
    expect(call.attributes).toMatchObject({ 'mcp_gateway.door': 'rest', 'mcp_gateway.outcome': 'ok' });
    expect(named(spans, 'query shop')).toMatchObject({
      parentSpanId: call.spanId,
      kind: 3,
      attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'shop' },
    });
    const run = named(spans, 'run');
    expect(run.parentSpanId).toBe(call.spanId);
    expect(run.endedAt).toBeGreaterThanOrEqual(run.startedAt);
  });

  it('reaches the upstream in `_meta`, as of the hop to it', async () => {
    const at = upstream.requests.length;
    await gateway.post('/mcp/rpc', call('modern__echo', { text: 'hello' }), { ...admin, ...parentOf('a') });
    const spans = await spansOf(traceOf('a'), 3);
    const hop = named(spans, 'tools/call modern');
    expect(hop.parentSpanId).toBe(named(spans, 'modern.echo').spanId);
    const asked = upstream.requests.slice(at).find(({ body }) => body?.method === 'tools/call');
    const { _meta } = asked?.body?.params as { _meta: { traceparent: string } };
    expect(_meta.traceparent).toBe(`00-${traceOf('a')}-${hop.spanId}-01`);
  });

  it('begins in `_meta` where an MCP client says so there', async () => {
    const _meta = { traceparent: `00-${traceOf('b')}-${PARENT}-01` };
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'gateway_echo', arguments: { message: 'm' } },
    };
    const modern = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const answer = await gateway.post(
      '/mcp',
      { ...body, params: { ...body.params, _meta: { ...modern, ..._meta } } },
      {
        ...admin,
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'gateway_echo',
      },
    );
    expect(answer.status).toBe(200);
    expect(named(await spansOf(traceOf('b'), 1), 'gateway.echo').parentSpanId).toBe(PARENT);
  });

  it('tells of a failure by its kind, and of nothing that a caller wrote', async () => {
    const query = 'SELECT secret_of_the_caller FROM nowhere';
    await gateway.post('/api/services/postgres/query', { database: 'shop', query }, { ...admin, ...parentOf('c') });
    const spans = await spansOf(traceOf('c'), 3);
    expect(named(spans, 'postgres.query')).toMatchObject({ failed: true, attributes: { 'error.type': 'failed' } });
    expect(JSON.stringify(spans)).not.toContain('SELECT secret');
  });

  it('has neither what an error quotes nor the secrets of an address', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const refused = { database: 'shop', query: "SELECT 'quoted-by-the-error'::int" };
    await gateway.post('/api/services/postgres/query', refused, { ...admin, ...parentOf('8') });
    await gateway.get(`/admin/api-keys/${token}`, { ...admin, ...parentOf('8') });
    const spans = await spansOf(traceOf('8'), 4);
    expect(named(spans, 'postgres.query')).toMatchObject({ failed: true, message: 'failed' });
    expect(JSON.stringify(spans)).not.toMatch(/quoted-by-the-error|ghp_/);
    expect(spans.map(({ attributes }) => attributes['url.path'])).toContain('/admin/api-keys/***');
  });

  it('names an address that is none by its method alone', async () => {
    await gateway.get('/secret-in-a-path', { ...admin, ...parentOf('d') });
    expect((await spansOf(traceOf('d'), 1)).map(({ name }) => name)).toEqual(['GET']);
  });

  it('is not kept where its client says so', async () => {
    await gateway.get('/api/tools', { ...admin, traceparent: `00-${traceOf('e')}-${PARENT}-00` });
    await gateway.get('/api/tools', { ...admin, ...parentOf('f') });
    await spansOf(traceOf('f'), 1);
    expect(collector.spans.filter(({ traceId }) => traceId === traceOf('e'))).toEqual([]);
  });

  it('is named in the log', async () => {
    await gateway.get('/api/tools', { ...admin, ...parentOf('9') });
    await vi.waitFor(async () => {
      const { body } = await gateway.get(`/logs?search=${traceOf('9')}`, admin);
      expect((body as { entries: unknown[] }).entries).toMatchObject([
        { message: 'GET /api/tools 200', traceId: traceOf('9') },
      ]);
    }, 10_000);
  });
});

function call(name: string, given: object) {
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: given } };
}
