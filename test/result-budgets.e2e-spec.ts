import { Module } from '@nestjs/common';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpService, Operation } from '#libs/kit';
import { services } from '#libs/services';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

const seen = { runs: 0 };
const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `User ${id}`, email: null }));

@McpService({ name: 'many', version: '1.0.0', description: 'Answers more than fits', location: 'server' })
class ManyService {
  @Operation({
    name: 'rows',
    description: 'Answers a great number of rows.',
    input: z.object({}),
    output: z.looseObject({}),
    permission: 'read',
  })
  rows() {
    seen.runs += 1;
    return { rows };
  }
}

@Module({ providers: [ManyService] })
class ManyModule {}

const admin = { 'x-mcp-key': ADMIN_KEY };
const META = 'mcp-gateway/resultTokens';
const tokensOf = (text: string) => countTokens(text, { disallowedSpecial: new Set() });

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({ services: [...services, ManyModule] });
});
afterAll(() => gateway.close());
beforeEach(() => {
  seen.runs = 0;
});

const rest = (headers = {}) => gateway.post('/api/services/many/rows', {}, headers);
const asking = (tokens: string) => ({ 'x-result-tokens': tokens });
const toolCall = (_meta: object, name = 'many_rows', input = {}) => ({ name, arguments: input, _meta });

function mcp(method: string, params: { _meta?: object; name?: string; uri?: string }, headers = {}): Promise<Answer> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    ...params._meta,
  };
  return gateway.post(
    '/mcp',
    { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
    {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': params.name ?? params.uri ?? '',
      ...headers,
    },
  );
}

/** Of the answer that a model reads: `tools/call` holds it twice, as text and structured. */
function readText({ status, body, text }: Answer): string {
  expect(status).toBe(200);
  const { result } = body as { result?: { content?: { text?: string }[]; contents?: { text: string }[] } };
  return (
    result?.content?.map((block) => block.text ?? JSON.stringify(block)).join('') ?? result?.contents?.[0]?.text ?? text
  );
}

async function expectNear(tokens: number, answer: Answer | Promise<Answer>) {
  const count = tokensOf(readText(await answer));
  expect(count).toBeLessThanOrEqual(tokens);
  expect(count).toBeGreaterThan(tokens * 0.6);
}

const rpc = (method: string, params: object, headers = {}) =>
  gateway.post('/mcp/rpc', { jsonrpc: '2.0', id: 1, method, params }, headers);

describe('what a call asks for', () => {
  const doors: Record<string, (headers: object, meta?: object) => Promise<Answer>> = {
    REST: rest,
    'a slash command': (headers) => gateway.post('/mcp/execute', { command: '/mcp-many rows' }, headers as never),
    'mcp.execute': (headers) => rpc('mcp.execute', { service: 'many', operation: 'rows' }, headers),
    'tools/call': (headers) => rpc('tools/call', toolCall({}), headers),
    MCP: (headers) => mcp('tools/call', toolCall({}), headers),
    'tools/call, by _meta': (headers) => rpc('tools/call', toolCall(metaOf(headers))),
    'MCP, by _meta': (headers) => mcp('tools/call', toolCall(metaOf(headers))),
  };
  const metaOf = (headers: object) => ({ [META]: Number((headers as Record<string, string>)['x-result-tokens']) });

  it.each(Object.entries(doors))('is what its answer holds, less or more than usual: %s', async (_name, call) => {
    await expectNear(2_000, call(asking('2000')));
    await expectNear(20_000, call(asking('20000')));
  });

  it('is what _meta says rather than the header', async () => {
    await expectNear(2_000, rpc('tools/call', toolCall({ [META]: 2_000 }), asking('50000')));
    await expectNear(2_000, mcp('tools/call', toolCall({ [META]: 2_000 }), asking('50000')));
  });

  it('goes for pages of what was left out too', async () => {
    const { metadata } = (await rest()).body as { metadata: { truncated: { resultId: string } } };
    const id = metadata.truncated.resultId;
    const read = (headers: object) => gateway.post('/api/services/gateway/read_result', { id }, headers as never);
    await expectNear(2_000, read(asking('2000')));
    await expectNear(20_000, read(asking('20000')));
    const resource = (tokens: number) => mcp('resources/read', { uri: `result://${id}`, _meta: { [META]: tokens } });
    await expectNear(2_000, resource(2_000));
    await expectNear(20_000, resource(20_000));
    expect((await resource(10)).body).toMatchObject({ error: { code: -32602 } });
  });

  it.each(['999', '100001', '', 'many', '1e4', '2000.5', '-2000', '2000, 3000'])(
    'is refused out of its range, and nothing runs: %j',
    async (tokens) => {
      expect(await rest(asking(tokens))).toMatchObject({
        status: 400,
        body: {
          error: {
            kind: 'invalid',
            message: `resultTokens: expected a whole number from 1000 to 100000, got ${JSON.stringify(tokens)}`,
          },
        },
      });
      expect(seen.runs).toBe(0);
    },
  );

  it.each([[0], [2_000.5], [true], [null], [[2_000]], [{}], ['much']])(
    'is refused in _meta where it is no such number: %j',
    async (tokens) => {
      for (const answer of [
        rpc('tools/call', toolCall({ [META]: tokens })),
        mcp('tools/call', toolCall({ [META]: tokens })),
      ]) {
        const { body } = await answer;
        expect(body).toMatchObject({ result: { isError: true } });
        expect(readText(await answer)).toContain('resultTokens: expected a whole number from 1000 to 100000');
      }
      expect(seen.runs).toBe(0);
    },
  );

  it('is in the audit when it was refused', async () => {
    const { headers } = await rest(asking('1'));
    const { body } = await gateway.get(`/admin/audit?requestId=${String(headers['x-request-id'])}`, admin);
    expect((body as { items: object[] }).items).toMatchObject([
      { operation: 'rows', outcome: 'error', errorKind: 'invalid' },
    ]);
  });

  it('can be said by a page of another origin', async () => {
    const origin = new URL(gateway.url).origin;
    const { headers } = await gateway.send({
      method: 'OPTIONS',
      path: '/mcp',
      headers: { origin, host: new URL(gateway.url).host },
    });
    expect(headers['access-control-allow-headers']).toContain('x-result-tokens');
  });
});

describe('what a key may', () => {
  const create = (limits: object) =>
    gateway.post('/admin/api-keys', { name: 'reader', permissions: ['read'], limits }, admin);

  it('is its own budget, and the most that its calls can ask for', async () => {
    const { body } = await create({ resultTokens: 3_000 });
    const { id, key, limits } = body as { id: string; key: string; limits: object };
    expect(limits).toEqual({ resultTokens: 3_000 });
    const own = { 'x-mcp-key': key };
    await expectNear(3_000, rest(own));
    await expectNear(1_500, rest({ ...own, ...asking('1500') }));
    expect(await rest({ ...own, ...asking('3001') })).toMatchObject({
      status: 400,
      body: {
        error: { message: 'resultTokens: expected a whole number from 1000 to 3000, got "3001"' },
      },
    });
    await gateway.restart();
    await expectNear(3_000, rest(own));
    const change = {
      method: 'PATCH',
      path: `/admin/api-keys/${id}`,
      headers: { ...admin, 'content-type': 'application/json' },
    };
    await gateway.send({ ...change, body: '{"limits":{"resultTokens":20000}}' });
    await expectNear(20_000, rest(own));
    await gateway.send({ ...change, body: '{"limits":null}' });
    await expectNear(8_000, rest(own));
  });

  it.each([[999], [100_001], [0], ['3000'], [2_000.5], [null]])('is refused as %j', async (resultTokens) => {
    expect(await create({ resultTokens })).toMatchObject({
      status: 400,
      body: { error: { details: { issues: [{ path: 'limits.resultTokens' }] } } },
    });
  });
});

describe('what the gateway is configured for', () => {
  it('holds where neither call nor key says anything, from the start and changed at runtime', async () => {
    await gateway.restart({ MCP_RESULT_MAX_TOKENS: '4000' });
    await expectNear(4_000, rest());
    expect((await gateway.post('/config', { results: { maxTokens: 1_500 } }, admin)).status).toBe(200);
    await expectNear(1_500, rest());
    expect((await gateway.post('/config', { results: { maxTokens: 999 } }, admin)).status).toBe(400);
    await expectNear(1_500, rest());
  });
});
