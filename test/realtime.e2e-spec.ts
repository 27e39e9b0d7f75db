import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { liveRooms } from '#libs/kit';
import { LiveEvents } from '../libs/core/src/observability/live/live-events.js';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { ways, type Connecting, type TestSocket } from './sockets.js';

const admin = { apiKey: ADMIN_KEY };
const text = expect.any(String) as string;
const number = expect.any(Number) as number;
const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/) as string;

/** None but those that the tests raise: a busy machine, or calls that fail on purpose, would raise others. */
const noAlerts = Object.fromEntries(
  ['CPU_PERCENT', 'MEMORY_PERCENT', 'ERROR_RATE_PERCENT', 'P95_MS', 'AUTH_FAILURES_PER_MINUTE'].map((rule) => [
    `ALERT_${rule}`,
    '0',
  ]),
);

let gateway: TestGateway;
let open: TestSocket[] = [];
/** Keys that hold one permission. */
const keys: Record<string, string> = {};

async function makeKey(permissions: string[], more: object = {}): Promise<{ id: string; key: string }> {
  const policy = { name: permissions.join(' '), permissions, ...more };
  return (await gateway.post('/admin/api-keys', policy, { 'x-mcp-key': ADMIN_KEY })).body as {
    id: string;
    key: string;
  };
}

beforeAll(async () => {
  gateway = await startGateway({ services: [GatewayModule, BenchModule], env: noAlerts });
  for (const permission of ['read', 'monitor', 'approve', 'admin'])
    keys[permission] = (await makeKey([permission])).key;
});
afterAll(() => gateway.close());
afterEach(() => {
  for (const socket of open) socket.close();
  open = [];
});

const live = () => gateway.gateway.app.get(LiveEvents);
const refused = (kind: string, more: object = {}) => ({
  ok: false,
  error: { code: number, kind, message: text, ...more },
});
const echo = { toolName: 'gateway_echo', arguments: { message: 'hi' } };
const echoed = {
  content: [{ type: 'text', text: '{"message":"hi"}' }],
  structuredContent: { message: 'hi' },
  isError: false,
};

describe.each(Object.entries(ways))('%s', (_way, connectBy) => {
  const connect = async (how?: Connecting) => {
    const socket = await connectBy(gateway.url, how);
    open.push(socket);
    return socket;
  };
  const connectAs = (permission: string) => connect({ auth: { apiKey: keys[permission] } });

  describe('the welcome', () => {
    it('names a caller by its address', async () => {
      const socket = await connect();
      expect(await socket.next('welcome')).toEqual({
        id: text,
        caller: { id: 'local', kind: 'local', subject: 'local' },
        permissions: ['read', 'write', 'monitor'],
        rooms: ['metrics', 'alerts', 'upstreams', 'tool-executions'],
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      });
    });

    it('names a caller by the key in its headers', async () => {
      const socket = await connect({ headers: { 'x-mcp-key': keys.approve! } });
      expect(await socket.next('welcome')).toMatchObject({
        caller: { kind: 'key', subject: 'approve' },
        permissions: ['approve'],
        rooms: ['tool-executions', 'approvals'],
      });
    });

    it('comes again when auth has named another', async () => {
      const socket = await connect();
      await socket.next('welcome');
      const caller = { id: 'environment', kind: 'key', subject: 'MCP_ADMIN_KEY' };
      const facts = { caller, permissions: ['*'], rooms: [...liveRooms] };
      expect(await socket.ask('auth', admin)).toEqual({ ok: true, ...facts });
      expect(await socket.next('welcome')).toMatchObject(facts);
    });
  });

  describe('a message that is wrong is refused in words', () => {
    it.each([
      ['shout', {}, 'unknown', /There is no message "shout"; there are auth, subscribe/],
      ['__proto__', {}, 'unknown', /There is no message/],
      ['subscribe', {}, 'invalid', /room: expected one of "metrics", .*got nothing/],
      ['subscribe', { room: 'kitchen' }, 'invalid', /room: expected one of .*got "kitchen"/],
      ['subscribe', { room: 'alerts', since: -1 }, 'invalid', /since: expected at least 0, got -1/],
      ['subscribe', { room: 'alerts', loud: true }, 'invalid', /loud: expected no such member/],
      ['subscribe_metrics', { every: 5 }, 'invalid', /every: expected no such member/],
      ['execute_tool', { arguments: {} }, 'invalid', /toolName: expected a string, got nothing/],
      ['execute_tool', { toolName: 'gateway_echo', arguments: 'hi' }, 'invalid', /arguments: expected/],
      ['execute_tool', { ...echo, requestId: 'a b' }, 'invalid', /requestId: /],
      ['cancel', { requestId: 'nothing' }, 'unknown', /No call with this requestId/],
      ['auth', {}, 'invalid', /an apiKey or a token/],
      ['manage_api_key', { action: 'eat' }, 'invalid', /one of "create", "list", "revoke", "rotate"/],
      ['manage_api_key', { action: 'create', name: 'x' }, 'invalid', /permissions: expected an array/],
    ])('%s %j', async (name, message, kind, words) => {
      const socket = await connect({ auth: admin });
      const answer = await socket.ask(name, message);
      expect(answer).toMatchObject(refused(kind));
      expect(!answer.ok && answer.error.message).toMatch(words);
      // and nothing worse happens
      expect(await socket.ask('unsubscribe', { room: 'logs' })).toEqual({ ok: true, room: 'logs' });
    });
  });

  describe('a tool', () => {
    it('is run, and answers in MCP’s shape', async () => {
      const socket = await connectAs('read');
      expect(await socket.ask('execute_tool', echo)).toEqual({ ok: true, requestId: text, result: echoed });
    });

    it('leaves its line in the audit, under the id that the client gave', async () => {
      const socket = await connectAs('read');
      const requestId = `mine-${Math.random().toString(36).slice(2)}`;
      expect(await socket.ask('execute_tool', { ...echo, requestId })).toMatchObject({ ok: true, requestId });
      const { body } = await gateway.get(`/admin/audit?requestId=${requestId}`, { 'x-mcp-key': ADMIN_KEY });
      expect(body).toMatchObject({
        items: [{ requestId, door: 'realtime', service: 'gateway', operation: 'echo', outcome: 'ok' }],
      });
    });

    it('that fails says so, for the client and for the model', async () => {
      const socket = await connectAs('read');
      expect(await socket.ask('execute_tool', { toolName: 'bench_fail', arguments: { how: 'failed' } })).toEqual({
        ...refused('failed', { message: 'It failed', code: -32018 }),
        requestId: text,
        result: { content: [{ type: 'text', text: 'failed: It failed' }], isError: true },
      });
      const bug = await socket.ask('execute_tool', { toolName: 'bench_fail', arguments: { how: 'bug' } });
      expect(bug).toMatchObject(refused('internal', { code: -32603 }));
      expect(JSON.stringify(bug)).not.toContain('secret');
    });

    it('that is called wrongly names each bad field', async () => {
      const socket = await connectAs('read');
      expect(await socket.ask('execute_tool', { toolName: 'gateway_echo', arguments: { message: 7 } })).toMatchObject(
        refused('invalid', { details: { issues: [{ path: 'message', expected: 'a string', got: '7' }] } }),
      );
    });

    it('that there is not, or that is not permitted, is refused and recorded', async () => {
      const socket = await connectAs('monitor');
      const unknown = { toolName: 'gateway_ecko', requestId: 'unknown-1' };
      expect(await socket.ask('execute_tool', unknown)).toMatchObject(refused('unknown'));
      const answer = await socket.ask('execute_tool', { ...echo, requestId: 'denied-1' });
      expect(answer).toEqual({
        ...refused('forbidden', { code: -32011, details: { permission: 'read' } }),
        requestId: 'denied-1',
      });
      for (const [requestId, outcome] of Object.entries({ 'unknown-1': 'error', 'denied-1': 'denied' })) {
        const { body } = await gateway.get(`/admin/audit?requestId=${requestId}&limit=1`, { 'x-mcp-key': ADMIN_KEY });
        expect(body).toMatchObject({ items: [{ outcome, door: 'realtime' }] });
      }
    });

    it('can be cancelled, which stops it', async () => {
      const socket = await connectAs('read');
      const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
      const before = seen.aborted.length;
      const call = socket.ask('execute_tool', { toolName: 'bench_wait', requestId: 'long' });
      await running;
      expect(await socket.ask('execute_tool', { toolName: 'bench_wait', requestId: 'long' })).toMatchObject(
        refused('invalid'),
      );
      expect(await socket.ask('cancel', { requestId: 'long' })).toEqual({ ok: true, requestId: 'long' });
      expect(await call).toMatchObject(refused('failed', { message: 'The call was cancelled' }));
      expect(seen.aborted).toHaveLength(before + 1);
    });

    it('ends when its client leaves', async () => {
      const socket = await connectAs('read');
      const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
      const before = seen.aborted.length;
      const watching = await connectAs('monitor');
      await watching.ask('subscribe', { room: 'tool-executions' });
      socket.ask('execute_tool', { toolName: 'bench_wait', requestId: 'left' }).catch(() => undefined);
      await running;
      socket.close();
      expect(
        await watching.next('tool_executed', ({ requestId, phase }) => requestId === 'left' && phase === 'end'),
      ).toMatchObject({ outcome: 'error', errorKind: 'failed' });
      expect(seen.aborted).toHaveLength(before + 1);
    });

    it('tells its own client how far it is, subscribed or not', async () => {
      const socket = await connectAs('read');
      const requestId = 'counting';
      const call = socket.ask('execute_tool', { toolName: 'bench_count', arguments: { to: 2 }, requestId });
      const steps = [await socket.next('tool_executed'), await socket.next('tool_executed')];
      expect(steps).toMatchObject([
        { phase: 'progress', requestId, progress: 1, total: 2, message: 'step 1' },
        { phase: 'progress', requestId, progress: 2, total: 2, message: 'step 2' },
      ]);
      expect(await call).toMatchObject({ ok: true });
      expect(socket.seen('tool_executed')).toEqual([]);
    });
  });

  describe('rooms', () => {
    const permitted: Record<string, string[]> = {
      read: ['tool-executions'],
      monitor: ['metrics', 'alerts', 'upstreams', 'tool-executions'],
      approve: ['tool-executions', 'approvals'],
      admin: ['tool-executions', 'logs'],
    };
    it.each(Object.entries(permitted))('%s opens %j and no other', async (permission, rooms) => {
      const socket = await connectAs(permission);
      expect((await socket.next('welcome')).rooms).toEqual(rooms);
      for (const room of liveRooms) {
        const answer = await socket.ask('subscribe', { room });
        if (rooms.includes(room)) expect(answer).toMatchObject({ ok: true, room });
        else expect(answer).toMatchObject(refused('forbidden', { message: expect.stringContaining(`room ${room}`) }));
      }
      if (!rooms.includes('metrics')) {
        expect(await socket.ask('subscribe_metrics')).toMatchObject(refused('forbidden'));
      }
    });

    it('show each call from its beginning to its end, through whichever door', async () => {
      const socket = await connectAs('monitor');
      expect(await socket.ask('subscribe', { room: 'tool-executions' })).toMatchObject({ ok: true, replayed: 0 });
      const requestId = `rest-${Math.random().toString(36).slice(2)}`;
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
      const headers = { 'x-request-id': requestId, traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
      await gateway.post('/api/services/bench/count', { to: 1 }, headers);
      const mine = (event: { requestId: string }) => event.requestId === requestId;
      const start = (await socket.next('tool_executed', mine)) as { seq: number };
      const base = { time: moment, requestId, caller: 'local', door: 'rest', service: 'bench', operation: 'count' };
      expect(start).toEqual({ seq: number, ...base, phase: 'start' });
      expect(await socket.next('tool_executed', mine)).toEqual({
        seq: start.seq + 1,
        ...base,
        phase: 'progress',
        progress: 1,
        total: 1,
        message: 'step 1',
      });
      expect(await socket.next('tool_executed', mine)).toEqual({
        seq: start.seq + 2,
        ...base,
        phase: 'end',
        outcome: 'ok',
        durationMs: number,
        steps: { authorize: number, admit: number, parse: number, run: number, shape: number },
        traceId,
      });
    });

    it('name the steps that a call came through, and not the one in which it failed', async () => {
      const socket = await connectAs('monitor');
      await socket.ask('subscribe', { room: 'tool-executions' });
      await gateway.post('/api/services/bench/count', { to: 'many' }, { 'x-request-id': 'stops-at-parse' });
      const end = await socket.next(
        'tool_executed',
        (event) => event.requestId === 'stops-at-parse' && event.phase === 'end',
      );
      expect(end).toMatchObject({ errorKind: 'invalid', steps: { authorize: number, admit: number } });
      expect(Object.keys(end.steps as object)).toEqual(['authorize', 'admit']);
    });

    it('show the calls of others only to those who may monitor', async () => {
      const socket = await connectAs('read');
      await socket.ask('subscribe', { room: 'tool-executions' });
      await gateway.post('/api/services/gateway/echo', { message: 'not yours' });
      await socket.ask('execute_tool', { ...echo, requestId: 'own' });
      const events = [await socket.next('tool_executed'), await socket.next('tool_executed')];
      expect(events.map(({ requestId, phase }) => [requestId, phase])).toEqual([
        ['own', 'start'],
        ['own', 'end'],
      ]);
    });

    it('can be left', async () => {
      const socket = await connectAs('monitor');
      await socket.ask('subscribe', { room: 'alerts' });
      await socket.ask('unsubscribe', { room: 'alerts' });
      live().publish('alert', alert('unheard'));
      await socket.ask('subscribe', { room: 'alerts' });
      live().publish('alert', alert('heard'));
      expect(await socket.next('alert')).toMatchObject({ id: 'heard' });
    });

    it('replay what was missed, in order, before anything new', async () => {
      const socket = await connectAs('monitor');
      const { seq } = (await socket.ask('subscribe', { room: 'alerts' })) as unknown as { seq: number };
      socket.close();
      for (const id of ['first', 'second']) live().publish('alert', alert(id));
      const again = await connectAs('monitor');
      const answer = await again.ask('subscribe', { room: 'alerts', since: seq });
      live().publish('alert', alert('third'));
      expect(answer).toEqual({ ok: true, room: 'alerts', replayed: 2, complete: true, seq: seq + 2 });
      const told = [await again.next('alert'), await again.next('alert'), await again.next('alert')];
      expect(told.map((event) => [event.seq, event.id])).toEqual([
        [seq + 1, 'first'],
        [seq + 2, 'second'],
        [seq + 3, 'third'],
      ]);
      expect(told[0]).toEqual({ seq: seq + 1, time: moment, ...alert('first') });
    });

    it('say when not all that was missed is known', async () => {
      const socket = await connectAs('monitor');
      const { seq } = (await socket.ask('subscribe', { room: 'alerts' })) as unknown as { seq: number };
      expect(await socket.ask('subscribe', { room: 'alerts', since: seq + 1_000 })).toMatchObject({ complete: false });
      for (let i = 0; i <= 1_000; i += 1) live().publish('upstream', upstream(`u${i}`));
      expect(await socket.ask('subscribe', { room: 'upstreams', since: 0 })).toMatchObject({
        ok: true,
        replayed: 1_000,
        complete: false,
      });
    });

    it('of metrics tell each second what /metrics tells', async () => {
      const socket = await connectAs('monitor');
      expect(await socket.ask('subscribe_metrics')).toMatchObject({ ok: true, room: 'metrics' });
      // the first ones come at once
      await socket.next('metrics-update');
      const [second, third] = [await socket.next('metrics-update'), await socket.next('metrics-update')];
      expect(Date.parse(third.time) - Date.parse(second.time)).toBeGreaterThan(500);
      const { body } = await gateway.get('/metrics');
      const shape = (value: unknown): unknown =>
        typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shape(member)]))
          : typeof value;
      expect(shape(second)).toEqual(shape(body));
      await socket.ask('unsubscribe', { room: 'metrics' });
    });

    it('of logs tell what is written, to administrators', async () => {
      const socket = await connectAs('admin');
      await socket.ask('subscribe', { room: 'logs' });
      await gateway.post('/api/services/bench/fail', { how: 'bug' });
      const entry = await socket.next('log', ({ level }) => level === 'error');
      expect(entry).toMatchObject({ seq: number, time: moment, message: expect.stringContaining('bench.fail') });
    });
  });

  it('administrators are told of changes to the configuration, others are not', async () => {
    const [socket, other] = [await connectAs('admin'), await connectAs('monitor')];
    await other.ask('subscribe', { room: 'tool-executions' });
    const minute = Math.floor(Math.random() * 1e9);
    const change = { 'security.maxAdminChangesPerMinute': minute };
    const { body } = await gateway.post('/config', change, { 'x-mcp-key': ADMIN_KEY });
    expect(await socket.next('config')).toEqual({
      seq: number,
      time: moment,
      caller: 'environment',
      ...(body as object),
    });
    await other.ask('unsubscribe', { room: 'tool-executions' });
    expect(other.seen('config')).toEqual([]);
  });

  describe('keys', () => {
    it('are made, listed, rotated and revoked by the rules of /admin/api-keys', async () => {
      const socket = await connectAs('admin');
      const manage = (message: object) => socket.ask('manage_api_key', message) as Promise<any>;
      const made = await manage({ action: 'create', name: 'made here', permissions: ['admin'], team: 'night' });
      expect(made).toMatchObject({ ok: true, id: text, key: expect.stringMatching(/^mcp_live_/), team: 'night' });
      const whoami = async (key: string) =>
        (await gateway.post('/api/services/gateway/echo', {}, { 'x-mcp-key': key })).status;
      expect(await whoami(made.key)).toBe(403);

      const listed = await manage({ action: 'list', limit: 200 });
      const { ok: _, key: __, ...shown } = made;
      expect(listed.items).toContainEqual({ ...shown, useCount: 1, lastUsedAt: moment });
      expect(listed.nextCursor).toBeNull();

      const rotated = await manage({ action: 'rotate', id: made.id });
      expect(rotated).toEqual({ ok: true, id: made.id, key: expect.stringMatching(/^mcp_live_/) });
      expect([await whoami(made.key), await whoami(rotated.key)]).toEqual([401, 403]);

      expect(await manage({ action: 'revoke', id: made.id })).toEqual({ ok: true, id: made.id });
      expect(await whoami(rotated.key)).toBe(401);
      expect(await manage({ action: 'revoke', id: made.id })).toMatchObject(refused('unknown'));
    });

    it('are granted only what their maker holds', async () => {
      const socket = await connectAs('admin');
      const message = { action: 'create', name: 'more', permissions: ['write'] };
      expect(await socket.ask('manage_api_key', message)).toMatchObject(
        refused('forbidden', { details: { permission: 'write' } }),
      );
      const answer = await socket.ask('manage_api_key', { action: 'revoke', id: 'environment' });
      expect(answer).toMatchObject(refused('failed', { message: expect.stringContaining('MCP_ADMIN_KEY') }));
    });
  });
});

const alert = (id: string) => ({
  id,
  rule: 'memory',
  replica: 'one',
  state: 'raised' as const,
  severity: 'warning' as const,
  message: 'Memory is short',
  value: 95,
  threshold: 90,
});
const upstream = (name: string) => ({
  upstream: name,
  change: 'state' as const,
  state: 'ready',
  tools: 1,
  quarantined: 0,
});
