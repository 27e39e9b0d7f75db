import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Store } from '#libs/core';
import type { Grant } from '../libs/core/src/upstreams/auth/grant.js';
import { Grants } from '../libs/core/src/upstreams/auth/grants.js';
import { authorizedServer } from './fixtures/upstreams/authorized-server.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { sessionServer } from './fixtures/upstreams/session-servers.js';
import { ADMIN_KEY, type TestGateway } from './gateway.js';
import { startReplicas, type Replicas } from './replicas.js';

type Guarded = Awaited<ReturnType<typeof authorizedServer>>;

const admin = { 'x-mcp-key': ADMIN_KEY };
const auth = { type: 'authorization-code' };
let replicas: Replicas;
let fixtures: HttpUpstream[];
let first: Guarded;
let second: Guarded;
let ann: { 'x-mcp-key': string };

beforeAll(async () => {
  fixtures = await Promise.all([sessionServer('v1'), sessionServer('v1')]);
  [first, second] = (await Promise.all(fixtures.map((each) => authorizedServer(each)))) as [Guarded, Guarded];
  const hosts = [first, second].map(({ url }) => new URL(url).host).join(',');
  replicas = await startReplicas({ env: { WEB_ALLOWED_HOSTS: hosts, PUBLIC_URL: 'http://127.0.0.1:1' } });
  const [gateway] = replicas.all;
  const { body } = await gateway!.post('/admin/api-keys', { name: 'ann', permissions: ['read', 'write'] }, admin);
  ann = { 'x-mcp-key': (body as { key: string }).key };
});
afterAll(async () => {
  await replicas.close();
  await Promise.all([first, second, ...fixtures].map((each) => each.close()));
});

const change = (method: string, path: string, body?: object) =>
  replicas.all[0]!.send({
    method,
    path: `/admin/upstreams${path}`,
    headers: { ...admin, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });

/** Where Ann's person has to go before the upstream answers at a gateway; undefined where it does. */
async function needed(gateway: TestGateway): Promise<URL | undefined> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const hello = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
  // the tools of an upstream that nobody has used yet are not known
  const entered = await gateway.post('/mcp/servers/wiki', hello, ann);
  const isKnown = entered.text.includes('serverInfo');
  const answer = isKnown ? await gateway.post('/api/services/wiki/echo', { message: 'x' }, ann) : entered;
  if (answer.text.includes('"content"')) return undefined;
  const { message } = (answer.body as { error: { message: string } }).error;
  const link = /open (\S+) in a browser/.exec(message)?.[1];
  if (link === undefined) throw new Error(message);
  return new URL(link);
}

async function authorize(gateway: TestGateway): Promise<void> {
  const redirect = await fetch((await needed(gateway))!, { redirect: 'manual' });
  const { pathname, search } = new URL(redirect.headers.get('location')!);
  expect((await gateway.get(pathname + search)).status).toBe(200);
  for (const each of replicas.all) await expect.poll(() => needed(each)).toBeUndefined();
}

const issuers = async () => Promise.all(replicas.all.map(async (each) => (await needed(each))?.origin));

it('a grant goes to no other server that comes under the name of its own', async () => {
  const { status } = await change('POST', '', { name: 'wiki', url: first.url, auth });
  expect(status).toBe(201);
  const [gateway] = replicas.all;
  await expect.poll(() => issuers()).toEqual([first.issuer, first.issuer]);
  await authorize(gateway!);
  expect((await change('PATCH', '/wiki', { url: second.url, auth })).status).toBe(200);
  await expect.poll(() => issuers()).toEqual([second.issuer, second.issuer]);
  await authorize(gateway!);
  expect([...second.seen.tokens].filter((token) => first.seen.tokens.has(token))).toEqual([]);
});

it('a grant ends when its upstream is removed, also where one of the same address comes at once', async () => {
  expect((await change('DELETE', '/wiki')).status).toBe(204);
  expect((await change('POST', '', { name: 'wiki', url: second.url, auth })).status).toBe(201);
  await expect.poll(() => issuers()).toEqual([second.issuer, second.issuer]);
});

describe('while a grant is changed', () => {
  const at = (n: number) => replicas.all[n]!.gateway.app.get(Grants);
  const store = () => replicas.all[0]!.gateway.app.get(Store);
  const sql = (text: string): Promise<unknown[]> => store().run((manager) => manager.query(text));
  const placeOf = (callerId: string) => ({ upstream: 'slow', callerId, serverUrl: 'https://mcp.example.com/mcp' });
  const tokens = (text: string): Grant => ({
    kept: { tokens: { access_token: text, token_type: 'Bearer' }, receivedAt: 0 },
  });

  /** Work that goes on until it is told to end. */
  function lasting() {
    let begin!: () => void;
    let end!: (grant: Grant) => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const ending = new Promise<Grant>((resolve) => (end = resolve));
    const work = (): Promise<Grant> => {
      begin();
      return ending;
    };
    return { work, begun, end };
  }

  it('no connection of the store is held, however many are and however long it takes', async () => {
    const all = Array.from({ length: 20 }, lasting);
    const changing = all.map(({ work }, n) => at(0).change(placeOf(`caller ${n}`), work));
    await Promise.all(all.map(({ begun }) => begun));
    expect(await sql('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    for (const { end } of all) end(tokens('new'));
    expect(await Promise.all(changing)).toHaveLength(20);
  });

  it('another replica waits for its turn, and sees what became of it', async () => {
    const first = lasting();
    const changing = at(0).change(placeOf('ann'), first.work);
    await first.begun;
    const seen: Grant[] = [];
    const other = at(1).change(placeOf('ann'), (grant) => {
      seen.push(grant);
      return Promise.resolve(grant);
    });
    // time enough to be wrong in
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen).toEqual([]);
    first.end(tokens('refreshed once'));
    await Promise.all([changing, other]);
    expect(seen).toMatchObject([tokens('refreshed once')]);
  });

  it('what could not be done leaves it as it was, and lets the next one try at once', async () => {
    await at(0).change(placeOf('bob'), () => Promise.resolve(tokens('kept')));
    await expect(at(0).change(placeOf('bob'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await at(1).change(placeOf('bob'), (grant) => Promise.resolve(grant))).toMatchObject(tokens('kept'));
  });

  it('a gateway that dies holds others up until its turn is over', async () => {
    await at(0).change(placeOf('carl'), () => Promise.resolve(tokens('kept')));
    const left = `taken_by = 'a gateway that is gone', taken_until = now() + interval '400 ms'`;
    await sql(`UPDATE upstream_grants SET ${left} WHERE caller_id = 'carl'`);
    const next = () => Promise.resolve(tokens('next'));
    expect(await at(1).change(placeOf('carl'), next)).toMatchObject(tokens('next'));
    const [row] = await sql(`SELECT taken_until < now() AS over FROM upstream_grants WHERE caller_id = 'carl'`);
    expect(row).toEqual({ over: null });
  });

  it('it is not kept where it is removed', async () => {
    const { work, begun, end } = lasting();
    const changing = at(0).change(placeOf('dora'), work);
    await begun;
    await sql(`DELETE FROM upstream_grants WHERE caller_id = 'dora'`);
    end(tokens('late'));
    await expect(changing).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    expect(await at(0).read(placeOf('dora'))).toEqual({});
  });
});
