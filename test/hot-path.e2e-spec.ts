import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';
import { samplesOfServices } from './samples/index.js';

const parts = await samplesOfServices();
/** What is the same each time that it is asked: the two gateways share what is behind them. */
const samples = Object.fromEntries(
  parts
    .flatMap(({ samples }) => Object.entries(samples))
    .filter(([, { stable, before }]) => stable === undefined && before === undefined),
);

let hot: TestGateway;
let plain: TestGateway;
const sessions = new Map<TestGateway, string>();
let operations: { service: string; name: string; tool: string; annotations: { readOnly?: boolean } }[];
const admin = { 'x-mcp-key': ADMIN_KEY };
const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };

beforeAll(async () => {
  const env = Object.assign({}, ...parts.map((part) => part.env)) as Record<string, string>;
  const limits = { MCP_MAX_BODY_BYTES: '200000' };
  hot = await startGateway({ env: { ...env, ...limits } });
  plain = await startGateway({ env: { ...env, ...limits, HOT_PATH: 'off' } });
  for (const gateway of [hot, plain]) {
    const { headers } = await gateway.post('/mcp', call('initialize', hello), admin);
    sessions.set(gateway, String(headers['mcp-session-id']));
  }
  const { services } = (await hot.get('/mcp/catalog', admin)).body as {
    services: { name: string; operations: Omit<(typeof operations)[number], 'service'>[] }[];
  };
  operations = services.flatMap(({ name, operations }) => operations.map((each) => ({ ...each, service: name })));
});
afterAll(async () => {
  await Promise.all([hot.close(), plain.close()]);
  for (const { close } of parts) await close?.();
});

function call(method: string, params: object) {
  return { jsonrpc: '2.0', id: 7, method, params };
}

type Ask = (gateway: TestGateway) => Promise<Answer>;

const told = ['content-type', 'content-length', 'www-authenticate', 'allow', 'vary', 'x-content-type-options'];
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const DURATION = /"(?:executionTime|durationMs|uptimeMs|uptimeSeconds)":[\d.]+/g;

/** An answer without what differs from one to the next: ids, times, durations, and how long the text is for those. */
function shape({ status, headers, text }: Answer, gateway: TestGateway) {
  const body = text
    .replaceAll(gateway.url, '<url>')
    .replace(UUID, '<id>')
    .replace(TIME, '<time>')
    .replace(DURATION, '<ms>');
  const length = Number(headers['content-length']) === Buffer.byteLength(text) ? 'exact' : headers['content-length'];
  const names = Object.keys(headers).filter((name) => told.includes(name) || name.startsWith('ratelimit'));
  const kept = names
    .filter((name) => name !== 'ratelimit')
    .sort()
    .map((name) => [name, headers[name]]);
  return { status, headers: { ...Object.fromEntries(kept), 'content-length': length }, body };
}

async function bothShapes(ask: Ask) {
  return [shape(await ask(hot), hot), shape(await ask(plain), plain)] as const;
}

async function expectSame(ask: Ask): Promise<number> {
  const [byEdge, byExpress] = await bothShapes(ask);
  expect(byExpress).toEqual(byEdge);
  return byEdge.status;
}

const modern = (tool: string, input: object): Ask => {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool };
  return (gateway) =>
    gateway.post('/mcp', call('tools/call', { name: tool, arguments: input, _meta }), { ...admin, ...headers });
};
const inSession =
  (tool: string, input: object): Ask =>
  (gateway) => {
    const headers = { 'mcp-session-id': sessions.get(gateway) ?? '', 'mcp-protocol-version': '2025-11-25' };
    return gateway.post('/mcp', call('tools/call', { name: tool, arguments: input }), { ...admin, ...headers });
  };
const rpc =
  (method: string, params: object, headers: Record<string, string> = admin): Ask =>
  (gateway) =>
    gateway.post('/mcp/rpc', call(method, params), headers);

describe('with HOT_PATH=off, the answer is the same', () => {
  it('to each operation that only reads, through JSON-RPC and both eras of MCP', async () => {
    const reading = operations.filter(({ annotations }) => annotations.readOnly);
    const asks = reading.flatMap(({ service, name, tool }): (readonly [string, Ask])[] => {
      const id = `${service}.${name}`;
      const input = samples[id]?.input;
      if (!input || volatile.has(id)) return [];
      return [
        [`${id} by mcp.execute`, rpc('mcp.execute', { service, operation: name, params: input })],
        [`${id} by tools/call`, rpc('tools/call', { name: tool, arguments: input })],
        [`${id} by MCP, 2026-07-28`, modern(tool, input)],
        [`${id} in a session of MCP`, inSession(tool, input)],
      ];
    });
    const differing = [];
    for (const [what, ask] of asks) {
      const [byEdge, byExpress] = await bothShapes(ask);
      if (JSON.stringify(byEdge) !== JSON.stringify(byExpress)) differing.push({ what, byEdge, byExpress });
    }
    expect(differing).toEqual([]);
    expect(asks.length).toBeGreaterThan(80);
  }, 120_000);

  it.each<[what: string, ask: Ask, status: number]>([
    ['an unknown operation', rpc('mcp.execute', { service: 'gateway', operation: 'nothing' }), 200],
    ['an unknown tool', modern('nothing', {}), 200],
    ['a bad input', rpc('mcp.execute', { service: 'gateway', operation: 'echo', message: 1 }), 200],
    ['a bad input of a tool', inSession('gateway_echo', { message: 1 }), 200],
    ['a bad key', rpc('ping', {}, { 'x-mcp-key': 'wrong' }), 401],
    ['a batch', (gateway) => gateway.post('/mcp/rpc', [call('ping', {}), call('nothing', {}), 1], admin), 200],
    ['an empty batch', (gateway) => gateway.post('/mcp/rpc', [], admin), 400],
    ['a notification', (gateway) => gateway.post('/mcp/rpc', { jsonrpc: '2.0', method: 'ping' }, admin), 204],
    ['a body that is too large', rpc('ping', { text: 'x'.repeat(200_000) }), 413],
    ...['/mcp/rpc', '/mcp'].map((path): [string, Ask, number] => [
      `text that is no JSON at ${path}`,
      (gateway) =>
        gateway.send({ method: 'POST', path, headers: { ...admin, 'content-type': 'application/json' }, body: '{' }),
      400,
    ]),
    ...['/mcp/servers/%', '/mcp/toolsets/%zz'].map((path): [string, Ask, number] => [
      `an address that can not be decoded, ${path}`,
      (gateway) => gateway.post(path, call('initialize', hello), admin),
      404,
    ]),
    [
      'another type than JSON',
      (gateway) =>
        gateway.send({
          method: 'POST',
          path: '/mcp/rpc',
          headers: { ...admin, 'content-type': 'text/plain' },
          body: '{}',
        }),
      415,
    ],
  ])('to %s', async (_what, ask, status) => {
    expect(await expectSame(ask)).toBe(status);
  });
});

/** What they answer is of the gateway that is asked, or of the moment. */
const volatile = new Set(['gateway.status', 'gateway.read_result', 'gateway.my-calls']);
