import { Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SupervisedUpstreams } from '#libs/core';
import { McpService, Operation } from '#libs/kit';
import { services } from '#libs/services';
import { recordingServer, type HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

const TOKEN = 'the-token-of-the-upstream-7';
const HIDDEN = [...'obey'].map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('');
const GITHUB = `ghp_${'a1'.repeat(18)}`;
const admin = { 'x-mcp-key': ADMIN_KEY };

const given = { text: z.string().describe('What to answer'), times: z.int().default(1).describe('How often') };
const repeated = ({ text, times }: { text: string; times: number }) => ({ lines: Array<string>(times).fill(text) });
const about = {
  description: 'Answers what it is given, in lines.',
  input: z.object(given),
  permission: 'read',
} as const;
const output = z.object({ lines: z.array(z.string()) });

@McpService({ name: 'told', version: '1.0.0', description: 'Answers what it is told', location: 'server' })
class ToldService {
  @Operation({ ...about, output, name: 'own', annotations: { readOnly: true, openWorld: false } })
  own(input: { text: string; times: number }) {
    return repeated(input);
  }

  @Operation({ ...about, output, name: 'page', annotations: { readOnly: true, openWorld: true } })
  page(input: { text: string; times: number }) {
    return repeated(input);
  }

  @Operation({ ...about, output, name: 'file', annotations: { readOnly: true, openWorld: true }, verbatim: true })
  file(input: { text: string; times: number }) {
    return repeated(input);
  }
}

@Module({ providers: [ToldService] })
class ToldModule {}

let gateway: TestGateway;
let server: HttpUpstream;

beforeAll(async () => {
  server = await tellingServer();
  const servers = { far: { url: server.url, headers: { Authorization: `Bearer ${TOKEN}` } } };
  const env = { MCP_SERVERS: JSON.stringify(servers), WEB_ALLOWED_HOSTS: new URL(server.url).host };
  gateway = await startGateway({ env, services: [...services, ToldModule] });
  await gateway.gateway.app.get(SupervisedUpstreams).find('far')!.reached(20_000);
});
afterAll(async () => {
  await gateway.close();
  await server.close();
});

/** A server whose tool answers the result that it is given, or the error. */
function tellingServer(): Promise<HttpUpstream> {
  const serverInfo = { name: 'telling', version: '1' };
  const capabilities = { tools: {}, resources: {} };
  return recordingServer((_request, response, body) => {
    if (body?.id === undefined) return response.writeHead(body ? 202 : 405).end();
    const { arguments: input } = (body.params ?? {}) as { arguments?: object };
    const answers: Record<string, object> = {
      initialize: { result: { protocolVersion: '2025-11-25', capabilities, serverInfo } },
      'tools/list': { result: { tools: [{ name: 'tell', inputSchema: { type: 'object' } }] } },
      'resources/list': { result: { resources: [{ uri: 'far://note', name: 'note' }] } },
      'resources/read': { result: { contents: [{ uri: 'far://note', text: `${HIDDEN}note ${TOKEN}` }] } },
      'tools/call': input ?? {},
    };
    const answer = answers[String(body.method)] ?? { error: { code: -32601, message: 'Method not found' } };
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, ...answer }));
  });
}

const defaults = {
  'guardrails.secrets': 'off',
  'guardrails.personalData': '',
  'guardrails.hiddenText': true,
  'guardrails.argumentChars': 0,
  'upstreams.allowed': '',
};
async function set(values: Partial<typeof defaults>): Promise<void> {
  const { status, text } = await gateway.post('/config', values, admin);
  expect({ status, text }).toMatchObject({ status: 200 });
}
beforeEach(() => set(defaults));

interface Told {
  data: Record<string, any>;
  metadata: { origin?: string; guarded?: string[]; truncated?: { resultId: string; shown: number } };
}
interface ToolResult {
  content?: { text: string }[];
  structuredContent?: unknown;
  isError?: boolean;
  _meta?: Record<string, unknown>;
}

const rest = async (operation: string, text: string, times = 1) =>
  (await gateway.post(`/api/services/told/${operation}`, { text, times }, admin)).body as Told;
const linesOf = async (operation: string, text: string) => (await rest(operation, text)).data.lines as string[];

function mcp(path: string, method: string, params: object): Promise<Answer> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const { name, uri } = params as { name?: string; uri?: string };
  return gateway.post(
    path,
    { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
    {
      ...admin,
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': name ?? uri ?? '',
    },
  );
}
const resultOf = ({ body }: Answer) => (body as { result: ToolResult }).result;
const tool = async (name: string, input: object, path = '/mcp') =>
  resultOf(await mcp(path, 'tools/call', { name, arguments: input }));
const said = (text: string) => ({ result: { content: [{ type: 'text', text }] } });

describe('a secret of the settings leaves through no answer', () => {
  const quoting = { text: `key ${ADMIN_KEY}, token ${TOKEN}` };
  const quoted = said(quoting.text);

  it.each<[door: string, call: () => Promise<unknown>]>([
    ['REST', () => gateway.post('/api/services/told/own', quoting, admin)],
    ['a file', () => gateway.post('/api/services/told/file', quoting, admin)],
    ['JSON-RPC', () => gateway.rpc('mcp.execute', { service: 'told', operation: 'own', ...quoting }, admin)],
    ['tools/call of JSON-RPC', () => gateway.rpc('tools/call', { name: 'told_own', arguments: quoting }, admin)],
    ['a command', () => gateway.post('/mcp/execute', { command: `/mcp-told own "${quoting.text}"` }, admin)],
    ['MCP', () => mcp('/mcp', 'tools/call', { name: 'told_own', arguments: quoting })],
    ['an upstream’s tool', () => mcp('/mcp', 'tools/call', { name: 'far__tell', arguments: quoted })],
    ['an upstream’s tool by REST', () => gateway.post('/api/services/far/tell', quoted, admin)],
    ['an upstream’s own address', () => mcp('/mcp/servers/far', 'tools/call', { name: 'tell', arguments: quoted })],
  ])('%s', async (_door, call) => {
    const answer = JSON.stringify(await call());
    expect(answer).toContain('key ***, token ***');
    for (const secret of [ADMIN_KEY, TOKEN]) expect(answer).not.toContain(secret);
  });

  it.each<[what: string, path: string, input: object]>([
    ['a failure of a tool', '/mcp', { result: { ...quoted.result, isError: true } }],
    ['an error of an upstream', '/mcp', { error: { code: -32000, message: quoting.text, data: { key: TOKEN } } }],
    ['an error at its own address', '/mcp/servers/far', { error: { code: -32000, message: quoting.text } }],
  ])('%s', async (_what, path, input) => {
    const { text } = await mcp(path, 'tools/call', { name: path === '/mcp' ? 'far__tell' : 'tell', arguments: input });
    expect(text).toContain('key ***, token ***');
    for (const secret of [ADMIN_KEY, TOKEN]) expect(text).not.toContain(secret);
  });

  it.each(['/mcp', '/mcp/servers/far'])('a resource of an upstream at %s', async (path) => {
    const uri = path === '/mcp' ? 'upstream+far:far://note' : 'far://note';
    const { result } = (await mcp(path, 'resources/read', { uri })).body as { result: { contents: unknown[] } };
    expect(result.contents).toEqual([{ uri, text: 'note ***' }]);
  });

  it('and the answer says that it was changed', async () => {
    expect((await rest('own', TOKEN)).metadata).toMatchObject({ guarded: ['settings-secret'] });
    expect((await rest('own', 'plain')).metadata).not.toHaveProperty('guarded');
    const { _meta } = await tool('told_own', { text: TOKEN });
    expect(_meta).toEqual({ 'mcp-gateway/guarded': ['settings-secret'] });
  });
});

describe('text that people do not see', () => {
  const text = `a${HIDDEN}b\u202Ec`;

  it('is taken out of what comes from outside, and of nothing else', async () => {
    expect([await linesOf('page', text), await linesOf('own', text), await linesOf('file', text)]).toEqual([
      ['abc'],
      [text],
      [text],
    ]);
    expect((await tool('far__tell', said(text))).content).toEqual([{ type: 'text', text: 'abc' }]);
    expect((await tool('tell', said(text), '/mcp/servers/far')).content).toEqual([{ type: 'text', text: 'abc' }]);
  });

  it('stays where the operator wants it so, at once', async () => {
    await set({ 'guardrails.hiddenText': false });
    expect(await linesOf('page', text)).toEqual([text]);
    expect((await tool('far__tell', said(text))).content).toEqual([{ type: 'text', text }]);
  });

  it('is not what keeps a token from being seen', async () => {
    await set({ 'guardrails.secrets': 'outside' });
    const { data, metadata } = await rest('page', GITHUB.replace('_a', `_${HIDDEN}a`));
    expect(data.lines).toEqual(['***']);
    expect(metadata.guarded).toEqual(['hidden-text', 'secret']);
  });
});

describe('what comes from outside is marked', () => {
  const outside = { 'mcp-gateway/origin': 'outside' };

  it('in the envelope and in MCP’s results', async () => {
    expect((await rest('page', 'x')).metadata.origin).toBe('outside');
    expect((await tool('told_page', { text: 'x' }))._meta).toEqual(outside);
    expect((await tool('far__tell', said('x')))._meta).toEqual(outside);
    const far = (await gateway.post('/api/services/far/tell', said('x'), admin)).body as Told;
    expect(far).toMatchObject({ data: said('x').result, metadata: { origin: 'outside' } });
    expect(far.data).not.toHaveProperty('_meta');
  });

  it('also where the tool says that it failed, and where it answers nothing', async () => {
    expect((await tool('far__tell', { result: { content: [], isError: true } }))._meta).toEqual(outside);
    expect((await tool('far__tell', { result: {} }))._meta).toEqual(outside);
  });

  it('whatever an upstream says of itself', async () => {
    const _meta = { 'mcp-gateway/origin': 'gateway', own: 1 };
    expect((await tool('far__tell', { result: { content: [], _meta } }))._meta).toEqual({ ...outside, own: 1 });
  });

  it('and the gateway’s own is not, nor what is at an upstream’s own address', async () => {
    expect((await rest('own', 'x')).metadata).not.toHaveProperty('origin');
    expect(await tool('told_own', { text: 'x' })).not.toHaveProperty('_meta');
    expect(await tool('tell', said('x'), '/mcp/servers/far')).not.toHaveProperty('_meta');
  });
});

describe('what is kept of a large answer', () => {
  const line = `${TOKEN} ${HIDDEN}${'word '.repeat(40)}`;
  const clean = `*** ${'word '.repeat(40)}`;

  it.each<[what: string, operation: string, line: string, origin: string | undefined]>([
    ['of the gateway', 'own', clean.replace(' ', ` ${HIDDEN}`), undefined],
    ['from outside', 'page', clean, 'outside'],
  ])('%s is kept as it went out', async (_what, operation, left, origin) => {
    const { data, metadata } = await rest(operation, line, 2_000);
    const { resultId: id, shown } = metadata.truncated!;
    const { body } = await gateway.post('/api/services/gateway/read_result', { id, offset: shown, limit: 2 }, admin);
    const page = body as Told;
    expect([data.lines[0], page.data.items]).toEqual([left, [left, left]]);
    expect([metadata.origin, page.metadata.origin]).toEqual([origin, origin]);
  });
});

describe('secrets and personal data', () => {
  const text = `${GITHUB} of ann@example.org, +4915112345678, 4111 1111 1111 1111, DE89 3704 0044 0532 0130 00`;

  it('stay, unless the operator says so', async () => {
    expect(await linesOf('page', text)).toEqual([text]);
  });

  it('are masked where the operator says so, at once', async () => {
    await set({ 'guardrails.secrets': 'outside' });
    expect([(await linesOf('page', GITHUB))[0], (await linesOf('own', GITHUB))[0]]).toEqual(['***', GITHUB]);
    await set({ 'guardrails.secrets': 'all', 'guardrails.personalData': 'email,card' });
    const masked = '*** of [email], +4915112345678, [card], DE89 3704 0044 0532 0130 00';
    expect([(await linesOf('own', text))[0], (await linesOf('file', text))[0]]).toEqual([masked, masked]);
    await set({ 'guardrails.personalData': 'phone,iban' });
    expect(await linesOf('own', text)).toEqual(['*** of ann@example.org, [phone], 4111 1111 1111 1111, [iban]']);
  });

  it('of a kind that there is not are refused', async () => {
    const { status, text } = await gateway.post('/config', { 'guardrails.personalData': 'email,shoe' }, admin);
    expect(status).toBe(400);
    expect(text).toContain('kinds separated by commas: email, phone, card, iban');
  });
});

it('an argument that is too long is refused by its name, once there is a limit', async () => {
  await set({ 'guardrails.argumentChars': 10 });
  const { status, body } = await gateway.post('/api/services/told/own', { text: 'x'.repeat(11) }, admin);
  expect(status).toBe(400);
  expect(body).toMatchObject({
    error: {
      kind: 'invalid',
      message: 'text: expected at most 10 characters, got 11 characters; give it in parts',
      details: { issues: [{ path: 'text', expected: 'at most 10 characters', got: '11 characters' }] },
    },
  });
  expect(await linesOf('own', 'x'.repeat(10))).toEqual(['x'.repeat(10)]);
});

describe('an upstream is registered', () => {
  const register = (url: string) => gateway.post('/admin/upstreams', { name: 'more', url, enabled: false }, admin);
  const change = (url: string) =>
    gateway.send({
      method: 'PATCH',
      path: '/admin/upstreams/more',
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify({ url }),
    });
  const remove = () => gateway.send({ method: 'DELETE', path: '/admin/upstreams/more', headers: admin });

  it('at hosts that are listed alone, where there is a list', async () => {
    await set({ 'upstreams.allowed': '*.example.org,mcp.example.com:8443' });
    const refused = await register(server.url);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('This host is not one of MCP_UPSTREAMS_ALLOWED');

    await set({ 'upstreams.allowed': '127.0.0.0/8' });
    expect((await register(server.url)).status).toBe(201);
    await set({ 'upstreams.allowed': `127.0.0.1:1` });
    expect((await change(server.url)).status).toBe(422);
    expect((await remove()).status).toBe(204);
  });

  it('anywhere that can be reached, where there is none', async () => {
    expect((await register(server.url)).status).toBe(201);
    await remove();
  });

  it('and what is no host is refused', async () => {
    expect((await gateway.post('/config', { 'upstreams.allowed': 'https://example.org' }, admin)).status).toBe(400);
  });
});

it('counts what each rule did', async () => {
  const counts = async () => {
    const { text } = await gateway.get('/metrics/prometheus', admin);
    const found = text.matchAll(/^mcp_guardrail_total\{rule="([^"]+)",action="([^"]+)"\} (\d+)$/gm);
    return Object.fromEntries([...found].map(([, rule, action, count]) => [`${rule} ${action}`, Number(count)]));
  };
  const before = await counts();
  await set({
    'guardrails.argumentChars': 100,
    'upstreams.allowed': 'example.org',
    'guardrails.personalData': 'email',
  });
  await rest('page', `${HIDDEN}${TOKEN}`, 3);
  await rest('own', 'ann@example.org');
  await rest('own', 'x'.repeat(101));
  await gateway.post('/admin/upstreams', { name: 'more', url: server.url }, admin);
  const after = await counts();
  const more = Object.fromEntries(Object.keys(after).map((each) => [each, after[each]! - before[each]!]));
  expect(more).toEqual({
    'hidden-text stripped': 3,
    'settings-secret redacted': 3,
    'secret redacted': 0,
    'email redacted': 1,
    'phone redacted': 0,
    'card redacted': 0,
    'iban redacted': 0,
    'argument-size refused': 1,
    'upstream-host refused': 1,
  });
});
