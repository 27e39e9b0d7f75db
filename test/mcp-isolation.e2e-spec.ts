import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modernServer } from './fixtures/upstreams/modern-server.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { sessionServer } from './fixtures/upstreams/session-servers.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

const CLIENTS = 200;
const admin = { 'x-mcp-key': ADMIN_KEY };
const upstreams = ['modern', 'session', 'stdio'];

let gateway: TestGateway;
let fixtures: HttpUpstream[];
beforeAll(async () => {
  const [modern, session] = (fixtures = await Promise.all([modernServer(), sessionServer('v1')]));
  const stdio = { command: process.execPath, args: ['test/fixtures/upstreams/session-server.js'], cwd: process.cwd() };
  const servers = { modern: { url: modern!.url }, session: { url: session!.url }, stdio };
  gateway = await startGateway({ env: { MCP_SERVERS: JSON.stringify(servers) } });
  for (const name of upstreams) await open(`/mcp/servers/${name}`, admin);
});
afterAll(async () => {
  await gateway.close();
  await Promise.all(fixtures.map((fixture) => fixture.close()));
});

const request = (method: string, params: object) => ({ jsonrpc: '2.0', id: 0, method, params });
const initialize = request('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
});
const text = ({ body }: Answer) => (body as { result?: { content: { text: string }[] } }).result?.content[0]?.text;

async function open(path: string, headers: Record<string, string>): Promise<Record<string, string>> {
  const answer = await gateway.post(path, initialize, headers);
  expect(answer).toMatchObject({ status: 200, body: { id: 0 } });
  return { ...headers, 'mcp-session-id': String(answer.headers['mcp-session-id']) };
}

/** One after the other in how they begin, all at once in how they run. */
function all<T>(work: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: CLIENTS }, (_, n) => work(n)));
}

const messages = Array.from({ length: CLIENTS }, (_, n) => `message of client ${n}`);

describe.each(upstreams)(`${CLIENTS} clients that all count from 0, at the upstream %s`, (upstream) => {
  it('get their own answers in sessions', { timeout: 60_000 }, async () => {
    const path = `/mcp/servers/${upstream}`;
    const sessions = await all(() => open(path, admin));
    const answers = await all((n) => {
      const call = request('tools/call', { name: 'echo', arguments: { message: messages[n] } });
      return gateway.post(path, call, { ...sessions[n]!, accept: 'application/json' });
    });
    expect(answers.map(({ body }) => (body as { id: number }).id)).toEqual(messages.map(() => 0));
    expect(answers.map(text)).toEqual(messages);
  });

  it('get their own answers to requests that stand alone', { timeout: 60_000 }, async () => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const name = `${upstream}__echo`;
    const headers = {
      ...admin,
      accept: 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
    };
    const answers = await all((n) =>
      gateway.post('/mcp', request('tools/call', { name, arguments: { message: messages[n] }, _meta }), headers),
    );
    expect(answers.map(text)).toEqual(messages);
  });
});

describe('what one caller was given', () => {
  const keyOf = async (name: string) => {
    const { body } = await gateway.post('/admin/api-keys', { name, permissions: ['read', 'write'] }, admin);
    return { 'x-mcp-key': (body as { key: string }).key };
  };

  it.each(['/mcp', '/mcp/servers/session'])('a session at %s, is 404 in the hands of another', async (path) => {
    const [ann, bob] = await Promise.all([keyOf('ann'), keyOf('bob')]);
    const session = await open(path, ann);
    const stolen = { ...session, ...bob };
    const list = request('tools/list', {});
    expect((await gateway.post(path, list, session)).status).toBe(200);
    expect((await gateway.post(path, list, stolen)).status).toBe(404);
    expect((await gateway.send({ method: 'DELETE', path, headers: stolen })).status).toBe(404);
    const stream = { ...stolen, accept: 'text/event-stream' };
    expect((await gateway.send({ method: 'GET', path, headers: stream })).status).toBe(404);
    expect((await gateway.post(path, list, session)).status).toBe(200);
  });

  it('the rest of a result, is 404 in the hands of another', async () => {
    const [ann, bob] = await Promise.all([keyOf('ann'), keyOf('bob')]);
    const message = 'a line\n'.repeat(20_000);
    const large = await gateway.post('/api/services/session/echo', { message }, ann);
    const { resultId: id } = (large.body as { metadata: { truncated: { resultId: string } } }).metadata.truncated;
    const read = (who: Record<string, string>) => gateway.post('/api/services/gateway/read_result', { id }, who);
    expect((await read(ann)).status).toBe(200);
    expect((await read(bob)).status).toBe(404);
  });
});
