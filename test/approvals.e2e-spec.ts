import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { services } from '#libs/services';
import { Store } from '#libs/core';
import { BenchModule } from './fixtures/bench.service.js';
import { vault, VaultModule } from './fixtures/vault.service.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';
import { ways } from './sockets.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: TestGateway;
let agent: Record<string, string>;
let other: Record<string, string>;
let approver: Record<string, string>;

beforeAll(async () => {
  gateway = await startGateway({
    env: { MCP_APPROVALS_REQUIRE: 'vault.open', MCP_APPROVALS_WAIT_MS: '0' },
    services: [...services, VaultModule, BenchModule],
  });
  agent = await keyOf('agent', ['read', 'write']);
  other = await keyOf('other', ['read', 'write', 'approve']);
  approver = await keyOf('approver', ['approve'], { owner: 'berta' });
});
afterAll(() => gateway.close());
beforeEach(async () => {
  vault.reset();
  await config({ 'approvals.waitMs': 0, 'approvals.ttlMs': 86_400_000, 'approvals.require': 'vault.open' });
});

async function keyOf(name: string, permissions: string[], more = {}): Promise<Record<string, string>> {
  const { body } = await gateway.post('/admin/api-keys', { name, permissions, owner: 'anna', ...more }, admin);
  return { 'x-mcp-key': (body as { key: string }).key };
}
const config = async (values: object) => expect((await gateway.post('/config', values, admin)).status).toBe(200);
const open = (input: object, by = agent) => gateway.post('/api/services/vault/open', input, by);
const list = async (query = '', by = approver) =>
  ((await gateway.get(`/admin/approvals${query}`, by)).body as { items: any[]; nextCursor: string | null }).items;
const answer = (id: string, body: object, by = approver) => gateway.post(`/admin/approvals/${id}`, body, by);
const errorOf = ({ status, body }: Answer) => ({ status, ...(body as any).error }) as Record<string, any>;
const dataOf = ({ status, body }: Answer) => ({ status, data: (body as any).data as unknown });
const ticketFor = async (door: string, by = agent) => errorOf(await open({ door }, by)).details.ticket as string;
/** The id of the one that waits for a door, as soon as it does. */
const waitingFor = (door: string): Promise<string> =>
  vi.waitFor(async () => {
    const found = (await list('?state=pending&limit=200')).find((each) => each.arguments.door === door);
    expect(found).toBeDefined();
    return found.id as string;
  }, 10_000);

describe('a call that needs approval', () => {
  it('waits for a person, and then runs', async () => {
    await config({ 'approvals.waitMs': 60_000 });
    const password = '-----BEGIN PRIVATE KEY-----\nDROP TABLE users\n-----END PRIVATE KEY-----';
    const call = open({ door: 'north', password: `${password}\u202e${ADMIN_KEY}`, how: { slowly: true } });
    await waitingFor('north');
    expect(vault.ran).toEqual([]);
    const waiting = (await list('?state=pending')).at(-1);
    const id = expect.stringMatching(/^apr_[0-9a-f]{32}$/) as string;
    expect(waiting).toEqual({
      id,
      state: 'pending',
      caller: expect.any(String),
      asker: { kind: 'key', subject: 'agent', owner: 'anna' },
      door: 'rest',
      requestId: expect.any(String),
      operation: 'vault.open',
      description: 'Opens a door of the vault and says so.',
      annotations: { destructive: true },
      arguments: { door: 'north', password: `${password}\\u{202e}***`, how: { slowly: true } },
      touches: ['The door north of the vault', 'May overwrite or delete what is there'],
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
      decidedAt: null,
      decidedBy: null,
      note: null,
    });
    const answered = await answer(waiting.id, { decision: 'approve', note: 'go' });
    expect(answered.status).toBe(200);
    expect(answered.body).toMatchObject({
      decidedBy: { kind: 'key', subject: 'approver', owner: 'berta' },
      note: 'go',
    });
    expect(dataOf(await call)).toEqual({ status: 200, data: { opened: 'north' } });
    expect(vault.ran).toEqual(['north']);
    expect((await list('?state=done')).map((each) => each.id)).toContain(waiting.id);
  });

  it('is refused where a person denies it, with the reason', async () => {
    await config({ 'approvals.waitMs': 60_000 });
    const call = open({ door: 'east' });
    const id = await waitingFor('east');
    await answer(id, { decision: 'deny', note: 'not today' });
    expect(errorOf(await call)).toEqual({
      status: 403,
      code: -32019,
      kind: 'not-approved',
      message: 'approver did not approve this call of vault.open: not today. Don’t send it again as it is.'.replace(
        '’',
        "'",
      ),
      details: { approvalId: id, state: 'denied', note: 'not today' },
      requestId: expect.any(String),
    });
    expect(vault.ran).toEqual([]);
  });

  it('is answered with a ticket when nobody comes, which tells what to do', async () => {
    const waiting = errorOf(await open({ door: 'south' }));
    const { ticket, expiresAt } = waiting.details as Record<string, string>;
    expect(waiting).toEqual({
      status: 403,
      code: -32019,
      kind: 'not-approved',
      message: expect.stringContaining(`"ticket": "${ticket}"`),
      details: { ticket, state: 'pending', expiresAt, retryable: true, retryAfterMs: 15_000 },
      requestId: expect.any(String),
    });
    expect(Date.parse(expiresAt!) - Date.now()).toBeGreaterThan(86_000_000);
    await answer(ticket!, { decision: 'approve' });
    expect(vault.ran).toEqual([]);
    expect(dataOf(await open({ door: 'south', ticket }))).toEqual({ status: 200, data: { opened: 'south' } });
  });

  it('leaves others alone, and so does one that needs none', async () => {
    expect(dataOf(await gateway.post('/api/services/vault/look', { door: 'x' }, agent))).toEqual({
      status: 200,
      data: { seen: 'x' },
    });
    await config({ 'approvals.require': '' });
    expect((await open({ door: 'free' })).status).toBe(200);
  });

  it.each(['vault.*', 'vault_open', '*', 'github.merge-pr,vault.open'])('is named by %s too', async (patterns) => {
    await config({ 'approvals.require': patterns });
    expect(errorOf(await open({ door: `by ${patterns}` })).kind).toBe('not-approved');
    expect(vault.ran).toEqual([]);
  });

  it.each([
    ['NUL', 'a\u0000b'],
    ['half a character', 'a\ud800b'],
  ])('is asked about where an argument has %s, and runs with what was given', async (_what, door) => {
    const ticket = await ticketFor(door);
    const asked = (await list('?state=pending')).find(({ id }) => id === ticket) as Record<string, unknown>;
    expect(asked.touches).toContain('The door a\ufffdb of the vault');
    await answer(ticket, { decision: 'approve' });
    expect((await open({ door, ticket })).status).toBe(200);
    expect(vault.ran).toEqual([door]);
  });

  it('needs its permission and good arguments first', async () => {
    expect(errorOf(await open({ door: 1 })).kind).toBe('invalid');
    expect(errorOf(await open({ door: 'a' }, approver)).kind).toBe('forbidden');
    expect(errorOf(await open({ door: 'a', ticket: 'apr_x' })).kind).toBe('invalid');
  });
});

describe('a ticket', () => {
  it('runs the call once, however often it comes, and answers the same each time', async () => {
    const ticket = await ticketFor('once');
    await answer(ticket, { decision: 'approve' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => open({ door: 'once', ticket })));
    const late = await open({ door: 'once', ticket });
    const first = answers.filter(({ status }) => status === 200);
    expect(first.length).toBeGreaterThan(0);
    for (const each of [...first, late]) expect(dataOf(each)).toEqual({ status: 200, data: { opened: 'once' } });
    expect(vault.ran).toEqual(['once']);
  });

  it('waits for the run that another holder of it began', async () => {
    await config({ 'approvals.waitMs': 60_000 });
    let go: () => void = () => undefined;
    vault.hold = new Promise((resolve) => (go = resolve));
    await config({ 'approvals.waitMs': 0 });
    const ticket = await ticketFor('slow');
    await answer(ticket, { decision: 'approve' });
    await config({ 'approvals.waitMs': 60_000 });
    const both = [open({ door: 'slow', ticket }), open({ door: 'slow', ticket })];
    await vi.waitFor(async () => expect(await list('?state=running')).toHaveLength(1), 10_000);
    go();
    expect((await Promise.all(both)).map(dataOf)).toEqual([
      { status: 200, data: { opened: 'slow' } },
      { status: 200, data: { opened: 'slow' } },
    ]);
    expect(vault.ran).toEqual(['slow']);
  });

  it('keeps a failure as well', async () => {
    vault.fails = true;
    const ticket = await ticketFor('broken');
    await answer(ticket, { decision: 'approve' });
    const first = errorOf(await open({ door: 'broken', ticket }));
    vault.fails = false;
    const second = errorOf(await open({ door: 'broken', ticket }));
    expect(first).toMatchObject({ status: 422, kind: 'failed', message: 'The hinge broke' });
    expect({ ...second, requestId: '' }).toEqual({ ...first, requestId: '' });
    expect(vault.ran).toEqual(['broken']);
  });

  it('is good after a restart, before and after the answer, and the call runs once', async () => {
    const ticket = await ticketFor('restarted');
    await gateway.restart();
    expect(errorOf(await open({ door: 'restarted', ticket })).details.ticket).toBe(ticket);
    await answer(ticket, { decision: 'approve' });
    await gateway.restart();
    expect(dataOf(await open({ door: 'restarted', ticket })).data).toEqual({ opened: 'restarted' });
    await gateway.restart();
    expect(dataOf(await open({ door: 'restarted', ticket })).data).toEqual({ opened: 'restarted' });
    expect(vault.ran).toEqual(['restarted']);
  });

  it('is not needed while the approval is open: the same call finds it', async () => {
    const ticket = await ticketFor('same');
    expect(await ticketFor('same')).toBe(ticket);
    expect(await ticketFor('another')).not.toBe(ticket);
    await answer(ticket, { decision: 'approve' });
    expect(dataOf(await open({ door: 'same' })).data).toEqual({ opened: 'same' });
    expect(await ticketFor('same')).not.toBe(ticket);
    expect(vault.ran).toEqual(['same']);
  });

  it('is good for its caller and its call alone', async () => {
    const ticket = await ticketFor('mine');
    await answer(ticket, { decision: 'approve' });
    expect(errorOf(await open({ door: 'mine', ticket }, other))).toMatchObject({ status: 404, kind: 'unknown' });
    expect(errorOf(await open({ door: 'yours', ticket }))).toMatchObject({ status: 400, kind: 'invalid' });
    expect(errorOf(await open({ door: 'mine', how: { slowly: false }, ticket })).kind).toBe('invalid');
    expect(errorOf(await open({ door: 'mine', ticket: `apr_${'0'.repeat(32)}` })).kind).toBe('unknown');
    expect(vault.ran).toEqual([]);
    expect((await open({ door: 'mine', ticket })).status).toBe(200);
  });

  it('expires', async () => {
    await config({ 'approvals.ttlMs': 1_000 });
    const [unanswered, answered] = [await ticketFor('late'), await ticketFor('later')];
    await answer(answered, { decision: 'approve' });
    await vi.waitFor(async () => expect(await list('?state=expired')).toHaveLength(2), 5_000);
    for (const [door, ticket] of [
      ['late', unanswered],
      ['later', answered],
    ] as const) {
      expect(errorOf(await open({ door, ticket })).details).toEqual({ approvalId: ticket, state: 'expired' });
      expect((await answer(ticket, { decision: 'approve' })).status).toBe(409);
    }
    expect(vault.ran).toEqual([]);
  });

  it('expires by the store’s clock, however late the gateway’s is', async () => {
    const ticket = await ticketFor('skewed');
    await answer(ticket, { decision: 'approve' });
    await gateway.gateway.app
      .get(Store)
      .run((manager) =>
        manager.query(`UPDATE approvals SET expires_at = now() - interval '1 s' WHERE id = $1`, [ticket]),
      );
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 60_000 });
    try {
      expect(errorOf(await open({ door: 'skewed', ticket })).details).toEqual({ approvalId: ticket, state: 'expired' });
    } finally {
      vi.useRealTimers();
    }
    expect(vault.ran).toEqual([]);
  });

  it('of a run whose end nobody saw is not run again', async () => {
    const ticket = await ticketFor('cut');
    await answer(ticket, { decision: 'approve' });
    await gateway.gateway.app
      .get(Store)
      .run((manager) =>
        manager.query(`UPDATE approvals SET state = 'running', runs_until = now() - interval '1 s' WHERE id = $1`, [
          ticket,
        ]),
      );
    expect(errorOf(await open({ door: 'cut', ticket })).details).toEqual({ approvalId: ticket, state: 'lost' });
    expect(vault.ran).toEqual([]);
  });

  it.each<[string, (ticket: string) => Promise<unknown>]>([
    [
      'JSON-RPC',
      async (ticket) =>
        (
          (
            await gateway.rpc(
              'mcp.execute',
              { service: 'vault', operation: 'open', door: 'by JSON-RPC', ticket },
              agent,
            )
          ).result as any
        ).data,
    ],
    [
      'a slash command',
      async (ticket) =>
        (
          (
            await gateway.post(
              '/mcp/execute',
              { command: `/mcp-vault open "by a slash command" --ticket=${ticket}` },
              agent,
            )
          ).body as any
        ).data,
    ],
    [
      'tools/call',
      async (ticket) =>
        (
          (await gateway.rpc('tools/call', { name: 'vault_open', arguments: { door: 'by tools/call', ticket } }, agent))
            .result as any
        ).structuredContent,
    ],
  ])('comes through %s', async (name, send) => {
    const door = `by ${name}`;
    const ticket = await ticketFor(door);
    await answer(ticket, { decision: 'approve' });
    expect(await send(ticket)).toEqual({ opened: door });
    expect(vault.ran).toEqual([door]);
  });
});

describe('who answers', () => {
  it('holds approve; admin may look', async () => {
    const ticket = await ticketFor('who');
    const admins = await keyOf('admin', ['admin', 'read', 'write']);
    for (const by of [agent, admins]) {
      expect(errorOf(await answer(ticket, { decision: 'approve' }, by))).toMatchObject({ status: 403 });
    }
    expect((await gateway.get('/admin/approvals', agent)).status).toBe(403);
    expect((await gateway.get(`/admin/approvals/${ticket}`, admins)).body).toMatchObject({ state: 'pending' });
    expect((await answer(ticket, { decision: 'deny' }, approver)).status).toBe(200);
  });

  it('is never the one who asks', async () => {
    const ticket = await ticketFor('own', other);
    expect(errorOf(await answer(ticket, { decision: 'approve' }, other))).toMatchObject({
      status: 403,
      kind: 'forbidden',
      details: { permission: 'approve' },
    });
    expect((await gateway.get(`/admin/approvals/${ticket}`, approver)).body).toMatchObject({ state: 'pending' });
    expect((await answer(ticket, { decision: 'approve' })).status).toBe(200);
  });

  it('is the first, of many', async () => {
    const ticket = await ticketFor('first');
    const answers = await Promise.all(
      ['approve', 'deny', 'approve', 'deny'].map((decision) => answer(ticket, { decision })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it.each([{}, { decision: 'yes' }, { decision: 'approve', more: 1 }, { decision: 'deny', note: 7 }, []])(
    'may not say %j',
    async (body) => {
      const ticket = await ticketFor(JSON.stringify(body));
      expect((await answer(ticket, body)).status).toBe(400);
    },
  );

  it('to what is not there is told so', async () => {
    expect((await answer(`apr_${'0'.repeat(32)}`, { decision: 'approve' })).status).toBe(404);
    expect((await gateway.get('/admin/approvals/__proto__', approver)).status).toBe(404);
  });

  it('sees the queue page by page', async () => {
    for (const door of ['p1', 'p2', 'p3']) await ticketFor(door);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await gateway.get(
        `/admin/approvals?state=pending&limit=2${cursor && `&cursor=${cursor}`}`,
        approver,
      );
      seen.push(...(body as any).items.map((each: any) => each.arguments.door));
      cursor = (body as any).nextCursor;
    }
    expect(seen.slice(-3)).toEqual(['p1', 'p2', 'p3']);
    expect(new Set(seen).size).toBe(seen.length);
    for (const bad of ['cursor=x', 'state=open', 'limit=0', 'x=1'])
      expect((await gateway.get(`/admin/approvals?${bad}`, approver)).status).toBe(400);
  });
});

it('both sides are in the audit', async () => {
  const ticket = await ticketFor('audited');
  await answer(ticket, { decision: 'approve', note: 'fine' });
  await open({ door: 'audited', ticket });
  const { body } = await gateway.get('/admin/audit?limit=3', admin);
  const lines = (body as { items: any[] }).items.map(({ operation, outcome, errorKind, arguments: given }) => ({
    operation,
    outcome,
    errorKind,
    given,
  }));
  expect(lines.reverse()).toEqual([
    { operation: 'open', outcome: 'denied', errorKind: 'not-approved', given: { door: 'audited' } },
    {
      operation: 'answer-approval',
      outcome: 'ok',
      errorKind: undefined,
      given: { id: ticket, decision: 'approve', note: 'fine' },
    },
    { operation: 'open', outcome: 'ok', errorKind: undefined, given: { door: 'audited', ticket } },
  ]);
});

describe('waiting', () => {
  /** How long calls of `vault.open` have taken, as the metrics tell it. */
  async function toldMs(): Promise<number> {
    const { body } = await gateway.get('/metrics', admin);
    const { calls, averageMs } = (body as any).operations['vault.open'] as { calls: number; averageMs: number };
    return calls * averageMs;
  }

  it('costs neither a place nor the deadline, and is no slowness of the gateway', async () => {
    const before = await toldMs();
    const narrow = await keyOf('narrow', ['read', 'write'], { limits: { concurrency: 1 } });
    await config({ 'approvals.waitMs': 60_000, 'server.timeout': 300 });
    const call = open({ door: 'patient' }, narrow);
    const id = await waitingFor('patient');
    const look = await gateway.post('/api/services/vault/look', { door: 'meanwhile' }, narrow);
    expect(look.status).toBe(200);
    // one that began later and has the same deadline
    expect((await gateway.post('/api/services/bench/wait', {}, agent)).status).toBe(504);
    await answer(id, { decision: 'approve' });
    expect(dataOf(await call)).toEqual({ status: 200, data: { opened: 'patient' } });
    // it has waited for longer than the deadline
    expect((await toldMs()) - before).toBeLessThan(300);
    await config({ 'server.timeout': null });
  });

  it('gives no more places than there are, and leaves the approval to be used by whoever comes too early', async () => {
    await config({ 'approvals.waitMs': 60_000, limits: { services: { vault: { concurrency: 1 } } } });
    let release: () => void = () => undefined;
    vault.hold = new Promise((resolve) => (release = resolve));
    const first = open({ door: 'one' });
    const firstId = await waitingFor('one');
    const second = open({ door: 'two' });
    const secondId = await waitingFor('two');
    await answer(firstId, { decision: 'approve' });
    const stateOf = async (id: string) => ((await list()).find((each) => each.id === id) as { state: string }).state;
    await expect.poll(() => stateOf(firstId)).toBe('running');
    await answer(secondId, { decision: 'approve' });
    expect(errorOf(await second)).toMatchObject({ status: 429, kind: 'limited', details: { limit: 'concurrency' } });
    expect([await stateOf(secondId), vault.ran]).toEqual(['approved', []]);

    release();
    expect((await first).status).toBe(200);
    expect((await open({ door: 'two' })).status).toBe(200);
    expect(vault.ran).toEqual(['one', 'two']);
    await config({ limits: null });
  });

  it('ends with the gateway, with the ticket in hand', async () => {
    await config({ 'approvals.waitMs': 60_000 });
    const call = open({ door: 'stopped' });
    await waitingFor('stopped');
    await gateway.restart();
    const { kind, details } = errorOf(await call);
    expect([kind, details.state]).toEqual(['not-approved', 'pending']);
    await answer(details.ticket as string, { decision: 'approve' });
    expect((await open({ door: 'stopped', ticket: details.ticket })).status).toBe(200);
  });

  it('is told to clients of MCP as progress', async () => {
    await config({ 'approvals.waitMs': 60_000 });
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(
      new StreamableHTTPClientTransport(new URL('/mcp', gateway.url), { requestInit: { headers: agent } }),
    );
    const told: string[] = [];
    const call = client.callTool(
      { name: 'vault_open', arguments: { door: 'told' } },
      { onprogress: ({ message }) => told.push(message ?? '') },
    );
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(0), 10_000);
    const id = await waitingFor('told');
    expect(told[0]).toContain(id);
    await answer(id, { decision: 'approve' });
    expect((await call).structuredContent).toEqual({ opened: 'told' });
    await client.close();
  });
});

it('is deleted 30 days after it expired', async () => {
  const [old, recent] = [await ticketFor('old'), await ticketFor('recent')];
  const expire = (id: string, days: number) =>
    gateway.gateway.app
      .get(Store)
      .run((manager) =>
        manager.query(`UPDATE approvals SET expires_at = now() - $2 * interval '1 day' WHERE id = $1`, [id, days]),
      );
  await expire(old, 31);
  await expire(recent, 29);
  await gateway.restart();
  const statuses = await Promise.all([old, recent].map((id) => gateway.get(`/admin/approvals/${id}`, approver)));
  expect(statuses.map(({ status }) => status)).toEqual([404, 200]);
});

it('of one caller at most 100 calls wait', async () => {
  const many = await keyOf('many', ['write']);
  for (let n = 0; n < 100; n += 1) expect(errorOf(await open({ door: `${n}` }, many)).kind).toBe('not-approved');
  expect(errorOf(await open({ door: 'one more' }, many))).toMatchObject({ status: 429, kind: 'limited' });
  expect(errorOf(await open({ door: 'still' })).kind).toBe('not-approved');
});

describe.each(Object.entries(ways))('over %s', (_way, connect) => {
  it('approvers see what is asked for, answer it, and see it through', async () => {
    const socket = await connect(gateway.url, { auth: { apiKey: approver['x-mcp-key'] } });
    expect(await socket.ask('subscribe', { room: 'approvals' })).toMatchObject({ ok: true });
    const input = { door: `of ${_way}`, password: 'very\u200bsecret=indeed' };
    const { ticket } = errorOf(await open(input)).details as { ticket: string };
    const asked = await socket.next('approval');
    expect(asked).toEqual({
      seq: expect.any(Number),
      time: expect.any(String),
      id: ticket,
      state: 'pending',
      caller: expect.any(String),
      operation: 'vault.open',
      arguments: { door: input.door, password: 'very\\u{200b}secret=indeed' },
      touches: [`The door ${input.door} of the vault`, 'May overwrite or delete what is there'],
      expiresAt: expect.any(String),
    });
    const message = { id: ticket, decision: 'approve', note: 'go on' };
    expect(await socket.ask('answer_approval', message)).toMatchObject({
      ok: true,
      approval: { id: ticket, state: 'approved', note: 'go on', decidedBy: { subject: 'approver' } },
    });
    expect(await socket.next('approval')).toMatchObject({ id: ticket, state: 'approved' });
    expect(await socket.ask('answer_approval', message)).toMatchObject({ ok: false, error: { kind: 'failed' } });
    expect(await open({ ...input, ticket })).toMatchObject({ status: 200 });
    expect(await socket.next('approval')).toMatchObject({ id: ticket, state: 'done' });
    const { body } = await gateway.get('/admin/audit?operation=answer-approval&limit=200', admin);
    expect((body as { items: object[] }).items).toContainEqual(
      expect.objectContaining({ door: 'realtime', outcome: 'ok', arguments: expect.objectContaining({ id: ticket }) }),
    );
    socket.close();
  });

  it('nobody answers for a call of their own, nor without the permission', async () => {
    const ticket = await ticketFor(`own of ${_way}`, other);
    const self = await connect(gateway.url, { auth: { apiKey: other['x-mcp-key'] } });
    const message = { id: ticket, decision: 'approve' };
    const own = { ok: false, error: { kind: 'forbidden', message: expect.stringContaining('of their own') } };
    expect(await self.ask('answer_approval', message)).toMatchObject(own);
    self.close();
    const stranger = await connect(gateway.url, { auth: { apiKey: agent['x-mcp-key'] } });
    expect(await stranger.ask('answer_approval', message)).toMatchObject({ ok: false, error: { kind: 'forbidden' } });
    expect(await stranger.ask('subscribe', { room: 'approvals' })).toMatchObject({ ok: false });
    stranger.close();
  });
});
