import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { samplesOfServices } from './samples/index.js';
import type { Sample } from './samples/sample.js';
import { ways, type TestSocket } from './sockets.js';

interface Operation {
  id: string;
  service: string;
  name: string;
  tool: string;
  description: string;
  permission: string;
  annotations: Record<string, boolean>;
  inputSchema: { properties?: Record<string, { description?: string }> };
  outputSchema: object;
  slash: string;
  tokenCost: number;
}

const parts = await samplesOfServices();
/** One call for each operation. An operation that is missing here fails the first test. */
const samples: Record<string, Sample> = Object.assign({}, ...parts.map((part) => part.samples));

let gateway: TestGateway;
let operations: Operation[];
let session: Record<string, string>;
/** By the way in which they are connected. */
const sockets: Record<string, TestSocket> = {};
const admin = { 'x-mcp-key': ADMIN_KEY };

beforeAll(async () => {
  gateway = await startGateway({ env: Object.assign({}, ...parts.map(({ env }) => env)) as Record<string, string> });
  for (const { ready } of parts) await ready?.(gateway);
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const initialize = { jsonrpc: '2.0', id: 0, method: 'initialize', params: hello };
  session = { 'mcp-session-id': String((await gateway.post('/mcp', initialize, admin)).headers['mcp-session-id']) };
  for (const [way, connect] of Object.entries(ways)) {
    sockets[way] = await connect(gateway.url, { auth: { apiKey: ADMIN_KEY } });
  }
  const { services } = (await gateway.get('/mcp/catalog', admin)).body as {
    services: { name: string; operations: Omit<Operation, 'service'>[] }[];
  };
  operations = services.flatMap(({ name, operations }) => operations.map((each) => ({ ...each, service: name })));
});
afterAll(async () => {
  for (const socket of Object.values(sockets)) socket.close();
  await gateway.close();
  for (const { close } of parts) await close?.();
});

/** Every door to an operation, as a function that answers its data. */
const doors: Record<string, (operation: Operation, sample: Sample) => Promise<unknown>> = {
  'mcp.execute': async ({ service, name }, { input }) =>
    dataOf(await gateway.rpc('mcp.execute', { service, operation: name, ...input }, admin)),
  'mcp.execute with nested params': async ({ service, name }, { input }) =>
    dataOf(await gateway.rpc('mcp.execute', { service, operation: name, params: input }, admin)),
  'mcp.execute with _ for -': async ({ service, name }, { input }) =>
    dataOf(await gateway.rpc('mcp.execute', { service, operation: name.replaceAll('-', '_'), ...input }, admin)),
  'tools/call': async ({ tool }, { input }) => {
    const { result } = await gateway.rpc('tools/call', { name: tool, arguments: input }, admin);
    return toolData(result);
  },
  'MCP, 2026-07-28': async ({ tool }, { input }) => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool };
    return toolData(await callOverMcp({ name: tool, arguments: input, _meta }, headers));
  },
  'MCP, a session': async ({ tool }, { input }) =>
    toolData(await callOverMcp({ name: tool, arguments: input }, session)),
  'a slash command': async (_operation, { command }) =>
    envelopeData(await gateway.post('/mcp/execute', { command }, admin)),
  'a slash command with JSON': async ({ service, name }, { input }) =>
    envelopeData(
      await gateway.post('/mcp/execute', { command: `/mcp-${service} ${name} ${JSON.stringify(input)}` }, admin),
    ),
  REST: async ({ service, name }, { input }) =>
    envelopeData(await gateway.post(`/api/services/${service}/${name}`, input, admin)),
  ...Object.fromEntries(
    ['Socket.IO over a WebSocket', 'a plain WebSocket'].map((way) => [
      way,
      async ({ tool }: Operation, { input }: Sample) => {
        const answer = await sockets[way]!.ask('execute_tool', { toolName: tool, arguments: input });
        expect(answer).toMatchObject({ ok: true });
        return toolData((answer as { result?: unknown }).result);
      },
    ]),
  ),
};

async function callOverMcp(params: object, headers: Record<string, string>): Promise<unknown> {
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
  const answer = await gateway.post('/mcp', body, { ...admin, accept: 'application/json', ...headers });
  return (answer.body as { result: unknown }).result;
}

function toolData(result: unknown): unknown {
  const { content, structuredContent, isError } = result as {
    content: { text: string }[];
    structuredContent: unknown;
    isError: boolean;
  };
  expect({ isError, text: JSON.parse(content[0]!.text) }).toEqual({ isError: false, text: structuredContent });
  return structuredContent;
}

function dataOf({ result, error }: { result?: unknown; error?: unknown }): unknown {
  expect(error).toBeUndefined();
  return (result as { data: unknown }).data;
}

function envelopeData({ status, body }: { status: number; body: unknown }): unknown {
  expect({ status, body }).toMatchObject({ status: 200, body: { status: 'success' } });
  return (body as { data: unknown }).data;
}

describe('every operation', () => {
  it('has a sample call here', () => {
    expect(operations.map(({ id }) => id).sort()).toEqual(Object.keys(samples).sort());
  });

  it.each(Object.entries(samples))(
    '%s answers the same through every door, as its output schema says',
    async (id, sample) => {
      const operation = operations.find((candidate) => candidate.id === id)!;
      const stable = (sample.stable ?? ((data: unknown) => data)) as (data: unknown) => unknown;
      const validate = new Ajv2020({ strict: false }).compile(operation.outputSchema);
      const answers = new Map<string, unknown>();
      for (const [name, call] of Object.entries(doors)) {
        await sample.before?.(sample);
        const data = await call(operation, sample);
        expect({ valid: validate(data), errors: validate.errors }).toEqual({ valid: true, errors: null });
        answers.set(name, stable(data));
      }
      const expected = answers.get('REST');
      expect(Object.fromEntries(answers)).toEqual(
        Object.fromEntries(Object.keys(doors).map((name) => [name, expected])),
      );
    },
  );

  it.each(Object.keys(samples))('%s refuses an unknown member through every door', async (id) => {
    const { service, name, tool } = operations.find((candidate) => candidate.id === id)!;
    const input = { ...samples[id]!.input, noSuchMember: 1 };
    const issues = expect.arrayContaining([{ path: 'noSuchMember', expected: 'no such member', got: '1' }]) as unknown;
    expect((await gateway.rpc('mcp.execute', { service, operation: name, ...input }, admin)).error).toMatchObject({
      code: -32602,
      data: { issues },
    });
    expect((await gateway.rpc('tools/call', { name: tool, arguments: input }, admin)).result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining('noSuchMember') as unknown }],
    });
    const rest = await gateway.post(`/api/services/${service}/${name}`, input, admin);
    expect(rest).toMatchObject({ status: 400, body: { error: { details: { issues } } } });
  });

  it.each(Object.keys(samples))('%s is told in words that an agent can use', (id) => {
    const { description, annotations, inputSchema, tokenCost, tool } = operations.find((each) => each.id === id)!;
    expect(description).toMatch(/^[A-Z].{20,400}\.$/);
    expect(tool).toMatch(/^[a-z][a-z0-9_]{0,47}$/);
    expect(tokenCost).toBeGreaterThan(20);
    expect(annotations.readOnly).toBeTypeOf('boolean');
    const undescribed = Object.entries(inputSchema.properties ?? {}).filter(([, field]) => !field.description);
    expect(undescribed.map(([field]) => field)).toEqual([]);
  });
});

describe('what clients see', () => {
  it.each([
    ['catalog', () => gateway.get('/mcp/catalog', admin).then(({ body }) => body)],
    ['tools', () => gateway.rpc('tools/list', {}, admin).then(({ result }) => result)],
    ['openapi', () => gateway.get('/openapi.json', admin).then(({ body }) => body)],
    ['openrpc', () => gateway.rpc('rpc.discover', {}, admin).then(({ result }) => result)],
    ['help', () => gateway.post('/mcp/execute', { command: '/help' }, admin).then(envelopeData)],
  ])('the %s is what was committed', async (name, read) => {
    const text = `${JSON.stringify(await read(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`snapshots/${name}.json`);
  });

  it('is filtered to what the caller may use', async () => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'echo only', permissions: ['gateway.echo'] }, admin);
    const key = { 'x-mcp-key': (body as { key: string }).key };
    const catalog = (await gateway.get('/mcp/catalog', key)).body as { services: { operations: Operation[] }[] };
    expect(catalog.services.map((service) => service.operations.map(({ id }) => id))).toEqual([['gateway.echo']]);
    expect((await gateway.get('/api/tools', key)).body).toEqual({
      tools: [expect.objectContaining({ name: 'gateway_echo' })],
    });
    expect((await gateway.rpc('tools/list', {}, key)).result).toEqual({
      tools: [expect.objectContaining({ name: 'gateway_echo' })],
    });
    const { paths } = (await gateway.get('/openapi.json', key)).body as { paths: object };
    expect(Object.keys(paths)).toEqual(['/api/services/gateway/echo']);
    expect((await gateway.get('/mcp/service/postgres', key)).status).toBe(404);
    const help = envelopeData(await gateway.post('/mcp/execute', { command: '/help' }, key)) as { commands: object[] };
    expect(help.commands).toEqual([expect.objectContaining({ operation: 'echo' })]);
  });
});
