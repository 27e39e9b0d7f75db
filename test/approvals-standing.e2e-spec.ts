import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { services } from '#libs/services';
import { vault, VaultModule } from './fixtures/vault.service.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

const JWT_SECRET = 'a secret of the approval tests, long enough';
const admin = { 'x-mcp-key': ADMIN_KEY };
/** In which the end of a key is to be noticed, and what a busy machine takes besides. */
const SOON_MS = 1_000 + 4_000;

let gateway: TestGateway;
let approver: Record<string, string>;

beforeAll(async () => {
  gateway = await startGateway({
    env: { MCP_APPROVALS_REQUIRE: 'vault.open', MCP_APPROVALS_WAIT_MS: '60000', JWT_SECRET },
    services: [...services, VaultModule],
  });
  approver = headers(await newKey(['approve']));
});
afterAll(() => gateway.close());
beforeEach(async () => {
  vault.reset();
  await config({ policies: null, 'approvals.waitMs': null });
});

interface Key {
  id: string;
  key: string;
}
const newKey = async (permissions: string[], more = {}) =>
  (await gateway.post('/admin/api-keys', { name: 'agent', permissions, ...more }, admin)).body as Key;
const headers = ({ key }: Key) => ({ 'x-mcp-key': key });
const config = async (values: object) => expect((await gateway.post('/config', values, admin)).status).toBe(200);
const send = (method: string, path: string, body?: object) =>
  gateway.send({
    method,
    path,
    headers: { ...admin, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
const open = (door: string, by: Record<string, string>, more = {}) =>
  gateway.post('/api/services/vault/open', { door, ...more }, by);
const errorOf = ({ status, body }: Answer) => {
  const { kind, details } = (body as { error: { kind: string; details: Record<string, unknown> } }).error;
  return { status, kind, details };
};
const stateOf = async (id: string) =>
  ((await gateway.get(`/admin/approvals/${id}`, approver)).body as { state: string }).state;
const approve = async (id: string) =>
  expect((await gateway.post(`/admin/approvals/${id}`, { decision: 'approve' }, approver)).status).toBe(200);
const waitingFor = (door: string): Promise<string> =>
  vi.waitFor(async () => {
    const { body } = await gateway.get('/admin/approvals?state=pending&limit=200', approver);
    const found = (body as { items: { id: string; arguments: { door: string } }[] }).items;
    const id = found.find((each) => each.arguments.door === door)?.id;
    expect(id).toBeDefined();
    return id!;
  }, 10_000);
const lastOf = async (operation: string) => {
  const { body } = await gateway.get(`/admin/audit?operation=${operation}&limit=1`, admin);
  const [{ outcome, errorKind }] = (body as { items: [{ outcome: string; errorKind: string }] }).items;
  return { outcome, errorKind };
};
/** How long the answer takes. */
async function timed(answer: Promise<Answer>): Promise<{ answer: Answer; ms: number }> {
  const startedAt = performance.now();
  return { answer: await answer, ms: performance.now() - startedAt };
}

describe('a call that waits', () => {
  it.each<[string, (key: Key) => Promise<unknown>]>([
    ['deleted', ({ id }) => send('DELETE', `/admin/api-keys/${id}`)],
    ['replaced', ({ id }) => send('POST', `/admin/api-keys/${id}/rotate`, { overlapSeconds: 0 })],
    [
      'over by the clock',
      ({ id }) => send('PATCH', `/admin/api-keys/${id}`, { expiresAt: new Date(Date.now() + 300).toISOString() }),
    ],
  ])('ends as unauthenticated within a second when its key is %s, and never runs', async (how, end) => {
    const key = await newKey(['write']);
    const call = open(how, headers(key));
    const id = await waitingFor(how);
    await end(key);
    const { answer, ms } = await timed(call);
    expect(errorOf(answer)).toMatchObject({ status: 401, kind: 'unauthenticated' });
    expect(ms).toBeLessThan(SOON_MS);
    expect(await lastOf('open')).toEqual({ outcome: 'error', errorKind: 'unauthenticated' });
    await approve(id);
    expect(errorOf(await open(how, headers(key), { ticket: id })).kind).toBe('unauthenticated');
    expect(vault.ran).toEqual([]);
  });

  it('ends when its token is over', async () => {
    const seconds = Math.floor(Date.now() / 1_000);
    // five seconds of leeway are added
    const token = jwt.sign({ sub: 'ann', permissions: ['write'], exp: seconds - 3 }, JWT_SECRET);
    const call = open('token', { authorization: `Bearer ${token}` });
    await waitingFor('token');
    expect(errorOf(await call)).toMatchObject({ status: 401, kind: 'unauthenticated' });
    expect(vault.ran).toEqual([]);
  });

  it('does not count the end of its key against its address', async () => {
    const failures = async () =>
      ((await gateway.get('/api/security/stats', admin)).body as { authFailures: number }).authFailures;
    const before = await failures();
    const key = await newKey(['write']);
    const calls = ['a', 'b', 'c'].map((door) => open(`blameless ${door}`, headers(key)));
    await waitingFor('blameless c');
    await send('DELETE', `/admin/api-keys/${key.id}`);
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(await failures()).toBe(before);
  });

  it.each<[string, (key: Key) => Promise<unknown>]>([
    [
      'a rule denies it',
      () =>
        config({
          policies: {
            rules: [{ name: 'no-vault', effect: 'deny', operations: ['vault.open'], when: { door: { like: '*' } } }],
          },
        }),
    ],
    ['its permission is taken', ({ id }) => send('PATCH', `/admin/api-keys/${id}`, { permissions: ['read'] })],
  ])('ends as forbidden as soon as %s, and keeps its ticket', async (how, change) => {
    const key = await newKey(['write']);
    const call = open(how, headers(key));
    const id = await waitingFor(how);
    await change(key);
    const { answer, ms } = await timed(call);
    expect(errorOf(answer)).toMatchObject({ status: 403, kind: 'forbidden' });
    expect(ms).toBeLessThan(SOON_MS);
    expect(await lastOf('open')).toEqual({ outcome: 'denied', errorKind: 'forbidden' });

    await approve(id);
    expect(errorOf(await open(how, headers(key), { ticket: id })).kind).toBe('forbidden');
    expect(vault.ran).toEqual([]);
    await config({ policies: null });
    await send('PATCH', `/admin/api-keys/${key.id}`, { permissions: ['write'] });
    expect((await open(how, headers(key), { ticket: id })).status).toBe(200);
    expect(vault.ran).toEqual([how]);
  });

  it('runs with what its caller holds by then', async () => {
    const key = await newKey(['write', 'admin']);
    const call = open('later', headers(key));
    const id = await waitingFor('later');
    await send('PATCH', `/admin/api-keys/${key.id}`, { permissions: ['write'] });
    await approve(id);
    expect((await call).status).toBe(200);
    expect(vault.heldBy).toEqual([['write']]);
  });

  it('goes on when its key is replaced and still taken', async () => {
    const key = await newKey(['write']);
    const call = open('overlap', headers(key));
    const id = await waitingFor('overlap');
    await send('POST', `/admin/api-keys/${key.id}/rotate`, { overlapSeconds: 600 });
    await approve(id);
    expect((await call).status).toBe(200);
  });
});

it('a call that was approved in the moment in which its key ended does not run', async () => {
  const key = await newKey(['write']);
  const call = open('at once', headers(key));
  const id = await waitingFor('at once');
  await Promise.all([send('DELETE', `/admin/api-keys/${key.id}`), approve(id)]);
  // whichever came first, what ran was let in by a key that stood
  const { status } = await call;
  expect([status, vault.ran]).toEqual(status === 200 ? [200, ['at once']] : [401, []]);
  if (status === 401) expect(await stateOf(id)).toBe('approved');
});

it('a client of MCP hears of the end of its key as well', async () => {
  const key = await newKey(['write']);
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', gateway.url), { requestInit: { headers: headers(key) } }),
  );
  const call = client.callTool({ name: 'vault_open', arguments: { door: 'mcp' } });
  await waitingFor('mcp');
  await send('DELETE', `/admin/api-keys/${key.id}`);
  const text = expect.stringContaining('unauthenticated: The credential is not valid') as string;
  expect(await call).toMatchObject({ isError: true, content: [{ text }] });
  expect(vault.ran).toEqual([]);
  await client.close();
});
