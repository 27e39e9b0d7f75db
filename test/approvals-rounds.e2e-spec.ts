import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { services } from '#libs/services';
import { vault, VaultModule } from './fixtures/vault.service.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

vi.setConfig({ testTimeout: 60_000 });

const admin = { 'x-mcp-key': ADMIN_KEY };
const ROUND_MS = 300;

let gateway: TestGateway;
let agent: Record<string, string>;

beforeAll(async () => {
  gateway = await startGateway({
    env: { MCP_APPROVALS_REQUIRE: 'vault.open', MCP_APPROVALS_ROUND_MS: String(ROUND_MS) },
    services: [...services, VaultModule],
  });
  agent = await newKey('agent');
});
afterAll(() => gateway.close());
beforeEach(async () => {
  vault.reset();
  await config({ 'approvals.waitMs': 60_000 });
});

async function newKey(name: string): Promise<Record<string, string>> {
  const { body } = await gateway.post('/admin/api-keys', { name, permissions: ['write'] }, admin);
  return { 'x-mcp-key': (body as { key: string }).key };
}
const config = async (values: object) => expect((await gateway.post('/config', values, admin)).status).toBe(200);
const answer = async (id: string, decision: string) =>
  expect((await gateway.post(`/admin/approvals/${id}`, { decision }, admin)).status).toBe(200);
async function openFor(door: string): Promise<string[]> {
  const { body } = await gateway.get('/admin/approvals?limit=200', admin);
  const { items } = body as { items: { id: string; arguments: { door: string } }[] };
  return items.filter((each) => each.arguments.door === door).map(({ id }) => id);
}
const waitingFor = (door: string) =>
  vi.waitFor(async () => {
    const [id] = await openFor(door);
    expect(id).toBeDefined();
    return id!;
  }, 10_000);

/** One request as a client of 2026-07-28 sends it, which declares that it can be asked nothing. */
function call(door: string, more: object = {}, by = agent): Promise<Answer> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { name: 'vault_open', arguments: { door }, ...more, _meta };
  return gateway.post(
    '/mcp',
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
    {
      ...by,
      accept: 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'vault_open',
    },
  );
}
const resultOf = ({ body }: Answer) => (body as { result: Record<string, unknown> }).result;
const stateOf = (answered: Answer) => resultOf(answered).requestState as string;
const errorOf = ({ status, body }: Answer) => {
  const { code, message } = (body as { error: { code: number; message: string } }).error;
  return { status, code, message };
};

describe('a call of 2026-07-28 that waits for a person', () => {
  it('is answered after a short while with a state and nothing that its client would have to be able to do', async () => {
    const startedAt = performance.now();
    const first = await call('a');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(ROUND_MS - 20);
    expect(first.status).toBe(200);
    expect(resultOf(first)).toEqual({ resultType: 'input_required', requestState: expect.any(String) as string });
    expect(vault.ran).toEqual([]);
  });

  it('goes on with the same approval from round to round, and runs once', async () => {
    const rounds = [await call('b')];
    for (let n = 0; n < 2; n += 1) rounds.push(await call('b', { requestState: stateOf(rounds.at(-1)!) }));
    expect(rounds.map((each) => resultOf(each).resultType)).toEqual(Array(3).fill('input_required'));
    const [id, ...others] = await openFor('b');
    expect(others).toEqual([]);
    await answer(id!, 'approve');
    const requestState = stateOf(rounds.at(-1)!);
    const ends = await Promise.all(Array.from({ length: 5 }, () => call('b', { requestState })));
    for (const each of ends) {
      expect(resultOf(each)).toMatchObject({ resultType: 'complete', structuredContent: { opened: 'b' } });
    }
    expect(vault.ran).toEqual(['b']);
  });

  it('is approved while its client is away, and after a restart as well', async () => {
    const requestState = stateOf(await call('c'));
    await answer(await waitingFor('c'), 'approve');
    await gateway.restart();
    expect(vault.ran).toEqual([]);
    expect(resultOf(await call('c', { requestState }))).toMatchObject({ structuredContent: { opened: 'c' } });
    await gateway.restart();
    expect(resultOf(await call('c', { requestState }))).toMatchObject({ structuredContent: { opened: 'c' } });
    expect(vault.ran).toEqual(['c']);
  });

  it('is told that a person denied it', async () => {
    const requestState = stateOf(await call('d'));
    await answer(await waitingFor('d'), 'deny');
    const text = expect.stringContaining('did not approve this call') as string;
    expect(resultOf(await call('d', { requestState }))).toMatchObject({ isError: true, content: [{ text }] });
  });

  it('gets its ticket when the time to wait is over, and still comes to its end with either', async () => {
    await config({ 'approvals.waitMs': 2 * ROUND_MS });
    const requestState = stateOf(await call('e'));
    const last = await call('e', { requestState });
    const id = await waitingFor('e');
    expect(resultOf(last)).toMatchObject({
      resultType: 'complete',
      isError: true,
      content: [{ text: expect.stringContaining(id) as string }],
    });
    await answer(id, 'approve');
    expect(resultOf(await call('e', { arguments: { door: 'e', ticket: id } }))).toMatchObject({
      structuredContent: { opened: 'e' },
    });
    expect(resultOf(await call('e', { requestState }))).toMatchObject({ structuredContent: { opened: 'e' } });
    expect(vault.ran).toEqual(['e']);
  });

  it('takes a state from its caller and for its call alone', async () => {
    const requestState = stateOf(await call('f'));
    await answer(await waitingFor('f'), 'approve');
    const other = await newKey('other');
    const refusals = [
      await call('f', { requestState }, other),
      await call('g', { requestState }),
      await call('f', { requestState: `${requestState.slice(0, -4)}AAAA` }),
    ];
    for (const each of refusals) {
      expect(errorOf(each)).toEqual({
        status: expect.any(Number) as number,
        code: -32602,
        message: expect.stringContaining('requestState') as string,
      });
    }
    expect(vault.ran).toEqual([]);
  });
});

it('the official client comes back by itself, and gets its answer', async () => {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const requests: string[] = [];
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', gateway.url), {
      requestInit: { headers: agent },
      fetch: (url, init) => {
        requests.push(typeof init?.body === 'string' ? init.body : '');
        return fetch(url, init);
      },
    }),
  );
  const answered = client.callTool({ name: 'vault_open', arguments: { door: 'sdk' } });
  const id = await waitingFor('sdk');
  const rounds = () => requests.filter((body) => body.includes('requestState')).length;
  await vi.waitFor(() => expect(rounds()).toBeGreaterThanOrEqual(2), 20_000);
  await answer(id, 'approve');
  expect((await answered).structuredContent).toEqual({ opened: 'sdk' });
  expect(vault.ran).toEqual(['sdk']);
  expect(await openFor('sdk')).toEqual([id]);
  await client.close();
});
