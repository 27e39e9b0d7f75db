import { request } from 'node:http';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { services } from '#libs/services';
import { CallLimits } from '../libs/core/src/throttling/call-limits.js';
import { BenchModule } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Item {
  id: string;
  time: string;
  requestId: string;
  operation: string;
  service: string;
  caller: string;
  outcome: string;
  door: string;
  seq: number;
  arguments: unknown;
}

let gateway: TestGateway;
/** A key that may only read. */
let reader: { id: string; headers: Record<string, string> };
let limited = false;
let requests = 0;

beforeAll(async () => {
  gateway = await startGateway({
    services: [...services, BenchModule],
    env: { MCP_PRICES: '{"currency":"EUR","perCall":0.5,"services":{"bench":{"perCall":2}}}' },
  });
  const policy = { name: 'reader', permissions: ['read'], owner: 'ada', team: 'blue' };
  const { body } = await gateway.post('/admin/api-keys', policy, admin);
  const { id, key } = body as { id: string; key: string };
  reader = { id, headers: { 'x-mcp-key': key } };
  // stands for a budget that is used up
  const limits = gateway.gateway.app.get(CallLimits, { strict: false });
  const { admit } = limits;
  limits.admit = (...given) => {
    if (limited) throw new OperationError('limited', 'Too much', { retryAfterMs: 1_000 });
    return admit.apply(limits, given);
  };
});
afterAll(() => gateway.close());

const nextId = () => `audit-test-${(requests += 1)}`;
const audit = async (query = '') => (await gateway.get(`/admin/audit?${query}`, admin)).body as any;
const linesOf = async (requestId: string): Promise<Item[]> => (await audit(`requestId=${requestId}`)).items;

type Door = (service: string, operation: string, input: object, headers: object) => Promise<Answer>;

const doors: Record<string, { door: string; call: Door }> = {
  'mcp.execute': {
    door: 'rpc',
    call: (service, operation, input, headers) => rpc('mcp.execute', { service, operation, ...input }, headers),
  },
  'tools/call': {
    door: 'rpc',
    call: (service, operation, input, headers) =>
      rpc('tools/call', { name: `${service}_${operation}`, arguments: input }, headers),
  },
  'a slash command': {
    door: 'commands',
    call: (service, operation, input, headers) => {
      const command = `/mcp-${service} ${operation} ${JSON.stringify(input)}`;
      return gateway.post('/mcp/execute', { command }, headers as Record<string, string>);
    },
  },
  MCP: {
    door: 'mcp',
    call: (service, operation, input, headers) => {
      const name = `${service}_${operation}`;
      const _meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      };
      return gateway.post(
        '/mcp',
        { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: input, _meta } },
        {
          ...(headers as Record<string, string>),
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': name,
        },
      );
    },
  },
  REST: {
    door: 'rest',
    call: (service, operation, input, headers) =>
      gateway.post(`/api/services/${service}/${operation}`, input, headers as Record<string, string>),
  },
};

function rpc(method: string, params: unknown, headers: object = {}): Promise<Answer> {
  return gateway.post('/mcp/rpc', { jsonrpc: '2.0', id: 1, method, params }, headers as Record<string, string>);
}

describe.each(Object.entries(doors))('through %s', (name, { door, call }) => {
  it.each([
    ['a call that succeeds', 'gateway', 'echo', { message: 'hi' }, { outcome: 'ok', bytes: 16, tokens: 4 }],
    ['a call that fails', 'bench', 'fail', { how: 'failed' }, { outcome: 'error', errorKind: 'failed' }],
    ['a bug of ours', 'bench', 'fail', { how: 'bug' }, { outcome: 'error', errorKind: 'internal' }],
    ['bad arguments', 'bench', 'erase', { name: 'abc', nmae: 'x' }, { outcome: 'error', errorKind: 'invalid' }],
  ])('%s leaves one line', async (_what, service, operation, input, expected) => {
    const requestId = nextId();
    await call(service, operation, input, { ...admin, 'x-request-id': requestId });
    const items = await linesOf(requestId);
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{12}-\d+$/),
        time: expect.stringMatching(TIME),
        requestId,
        caller: 'environment',
        callerKind: 'key',
        callerSubject: 'MCP_ADMIN_KEY',
        door,
        address: '127.0.0.1',
        service,
        operation,
        arguments: input,
        durationMs: expect.any(Number),
        bytes: 0,
        tokens: 0,
        replica: expect.stringMatching(/^[0-9a-f]{12}$/),
        seq: expect.any(Number),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        ...expected,
      },
    ]);
  });

  it('a denied call leaves one line, with owner and team of its key', async () => {
    const requestId = nextId();
    await call('bench', 'erase', { name: 'abc' }, { ...reader.headers, 'x-request-id': requestId });
    expect(await linesOf(requestId)).toEqual([
      expect.objectContaining({
        caller: reader.id,
        callerSubject: 'reader',
        owner: 'ada',
        team: 'blue',
        door,
        service: 'bench',
        operation: 'erase',
        outcome: 'denied',
        errorKind: 'forbidden',
        arguments: { name: 'abc' },
      }),
    ]);
  });

  it('a limited call leaves one line', async () => {
    const requestId = nextId();
    limited = true;
    await call('gateway', 'echo', { message: 'hi' }, { 'x-request-id': requestId }).finally(() => (limited = false));
    expect(await linesOf(requestId)).toEqual([
      expect.objectContaining({ door, operation: 'echo', outcome: 'limited', errorKind: 'limited' }),
    ]);
  });

  it('a call of what does not exist leaves one line', async () => {
    const requestId = nextId();
    await call('nothing', 'there', { a: 1 }, { 'x-request-id': requestId });
    const named =
      name === 'tools/call' || name === 'MCP'
        ? { service: '', operation: 'nothing_there' }
        : { service: 'nothing', operation: 'there' };
    expect(await linesOf(requestId)).toEqual([
      expect.objectContaining({ ...named, door, outcome: 'error', errorKind: 'unknown' }),
    ]);
  });
});

describe('refused by the door itself, a call leaves one line', () => {
  it.each<[method: string, params: unknown, line: object]>([
    ['mcp.execute', { operation: 'echo' }, { service: '', operation: 'echo', errorKind: 'invalid' }],
    ['mcp.execute', { service: 'gateway' }, { service: 'gateway', operation: '', errorKind: 'invalid' }],
    ['mcp.execute', [], { service: '', operation: '', errorKind: 'invalid', arguments: [] }],
    ['tools/call', {}, { operation: '', errorKind: 'invalid', arguments: null }],
    ['tools/call', { name: 'gateway_echo', arguments: 5 }, { operation: 'gateway_echo', arguments: 5 }],
    ['tools/call', { name: 'x'.repeat(500) }, { operation: 'x'.repeat(200), errorKind: 'unknown' }],
    ['mcp.execute', { service: 's'.repeat(500), operation: 'a\u0000\nb\ud800' }, { service: 's'.repeat(100) }],
  ])('%s %j', async (method, params, line) => {
    const requestId = nextId();
    await rpc(method, params, { 'x-request-id': requestId });
    expect(await linesOf(requestId)).toEqual([expect.objectContaining({ door: 'rpc', outcome: 'error', ...line })]);
  });

  it.each<[command: string, line: object]>([
    ['/mcp-gateway ecko hi', { service: 'gateway', operation: 'ecko hi', errorKind: 'unknown' }],
    ['/mcp-gateway echo "hi', { service: 'gateway', operation: 'echo', errorKind: 'invalid' }],
    [
      '/mcp-gateway whoami --x=1',
      { operation: 'whoami', errorKind: 'invalid', arguments: { command: '/mcp-gateway whoami', x: '1' } },
    ],
    ['/mcp-nothing do it', { service: 'nothing', operation: 'do it', errorKind: 'unknown' }],
    ['/mcp-gateway', { service: 'gateway', operation: '', errorKind: 'invalid' }],
    ['rm -rf /', { service: '', operation: '', errorKind: 'invalid' }],
  ])('%s', async (command, line) => {
    const requestId = nextId();
    await gateway.post('/mcp/execute', { command }, { 'x-request-id': requestId });
    expect(await linesOf(requestId)).toEqual([
      expect.objectContaining({ door: 'commands', outcome: 'error', arguments: { command }, ...line }),
    ]);
  });

  it.each([
    [
      'a command that asks for help',
      () => gateway.post('/mcp/execute', { command: '/help' }, { 'x-request-id': 'no-1' }),
    ],
    ['a method that there is not', () => rpc('nothing', {}, { 'x-request-id': 'no-1' })],
    ['a listing', () => rpc('tools/list', {}, { 'x-request-id': 'no-1' })],
  ])('but %s does not', async (_what, call) => {
    await call();
    expect(await linesOf('no-1')).toEqual([]);
  });

  it('and each entry of a batch does, but a notification runs nothing', async () => {
    const requestId = nextId();
    const entry = {
      jsonrpc: '2.0',
      method: 'mcp.execute',
      params: { service: 'gateway', operation: 'echo', message: 'x' },
    };
    const batch = [{ ...entry, id: 1 }, { ...entry, id: 2 }, entry];
    await gateway.post('/mcp/rpc', batch, { 'x-request-id': requestId });
    expect(await linesOf(requestId)).toHaveLength(2);
  });
});

describe('a line', () => {
  it('holds no secret', async () => {
    const requestId = nextId();
    const key = `mcp_live_${'A1b2'.repeat(12)}`;
    const message = `${key} postgres://me:hunter2@db/x`;
    const more = { password: 'hunter3', nested: { apiKey: 'hunter4' } };
    await rpc(
      'mcp.execute',
      { service: 'gateway', operation: 'echo', message, ...more },
      { 'x-request-id': requestId },
    );
    for (const command of [
      `/mcp-gateway ecko ${key}`,
      '/mcp-gateway whoami --password=hunter5',
      '/mcp-gateway whoami --password hunter6',
      '/mcp-gateway whoami {"token": "hunter7"}',
      '/mcp-gateway whoami --password=hunter8 "',
    ]) {
      await gateway.post('/mcp/execute', { command }, { 'x-request-id': requestId });
    }
    expect(await linesOf(requestId)).toHaveLength(6);
    const texts = [JSON.stringify(await linesOf(requestId)), ...spoolTexts()];
    for (const secret of ['A1b2', 'hunter']) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  });

  it('is short, whatever was sent', async () => {
    const requestId = nextId();
    const message = 'ü'.repeat(200_000);
    await rpc('mcp.execute', { service: 'gateway', operation: 'echo', message }, { 'x-request-id': requestId });
    const [item] = await linesOf(requestId);
    expect(item!.arguments).toEqual({ message: `${'ü'.repeat(2_048)}… (200000 characters)` });
  });
});

function spoolTexts(): string[] {
  const directory = join(gateway.directory, 'audit');
  return readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
}

describe('the list', () => {
  it.each([
    ['caller=environment', (item: Item) => item.caller === 'environment'],
    ['service=bench', (item: Item) => item.service === 'bench'],
    ['operation=echo', (item: Item) => item.operation === 'echo'],
    ['operation=gateway.echo', (item: Item) => item.operation === 'echo'],
    ['outcome=denied', (item: Item) => item.outcome === 'denied'],
    ['caller=local&outcome=error&service=gateway', (item: Item) => item.caller === 'local' && item.outcome === 'error'],
  ])('takes ?%s', async (query, fits) => {
    const { items } = await audit(`${query}&limit=200`);
    expect(items.length).toBeGreaterThan(1);
    expect(items.filter((item: Item) => !fits(item))).toEqual([]);
  });

  it('takes - and _ for the same', async () => {
    await gateway.post('/api/services/gateway/my_calls', { limit: 1 });
    for (const operation of ['my-calls', 'my_calls', 'gateway.my-calls', 'gateway.my_calls']) {
      const { items } = await audit(`operation=${operation}&limit=1`);
      expect([operation, items[0]?.operation]).toEqual([operation, 'my-calls']);
    }
  });

  it('takes a time, whose both ends count', async () => {
    const [first, requestId] = [nextId(), nextId()];
    await gateway.post('/api/services/gateway/whoami', {}, { 'x-request-id': first });
    await sleep(5); // the clock of lines counts milliseconds
    await gateway.post('/api/services/gateway/whoami', {}, { 'x-request-id': requestId });
    const [{ time }] = (await linesOf(requestId)) as [Item];
    const ids = ({ items }: { items: Item[] }) => items.map((item) => item.requestId);
    expect(ids(await audit(`since=${time}&until=${time}`))).toEqual([requestId]);
    expect(ids(await audit(`since=${time.replace('Z', '%2B00:00')}`))).toEqual([requestId]);
    expect(ids(await audit(`until=${time}`))[0]).toBe(requestId);
    expect(ids(await audit('since=2999-01-01'))).toEqual([]);
  });

  it('comes newest first, in pages that neither lose nor repeat', async () => {
    const all = [];
    const { items: whole } = await audit('caller=environment&limit=200');
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: any = await audit(`caller=environment&limit=3${cursor && `&cursor=${cursor}`}`);
      all.push(...page.items);
      // what comes meanwhile belongs before the first page
      await gateway.post('/api/services/gateway/whoami', {}, admin);
      cursor = page.nextCursor;
    }
    expect(all).toEqual(whole);
    const times = whole.map(({ time, seq }: Item) => `${time} ${String(seq).padStart(9)}`);
    expect(times).toEqual(times.toSorted().reverse());
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'cursor=x',
    'cursor=',
    'since=yesterday',
    'since=2026-13-01T00:00:00Z',
    'since=',
    'until=2026-01-01T00:00:00',
    'outcome=fine',
    'outcome=',
    'caller=',
    'colour=blue',
    'caller=a&caller=b',
    'constructor=1',
    `cursor=${Buffer.from('2026-99-99T00:00:00.000Z abc 1').toString('base64url')}`,
  ])('is refused with ?%s', async (query) => {
    const { status, body } = await gateway.get(`/admin/audit?${query}`, admin);
    expect([status, (body as any).error.kind]).toEqual([400, 'invalid']);
  });

  it('takes any text to look for', async () => {
    for (const text of ["'; DROP TABLE audit_lines; --", '%25', 'a.b.c', '✓']) {
      expect(await audit(`operation=${encodeURIComponent(text)}`)).toEqual({ items: [], nextCursor: null });
    }
    expect((await gateway.get('/admin/audit?caller=%00', admin)).status).toBe(400);
  });
});

describe('the export', () => {
  it('has every line as JSON, as the list shows it', async () => {
    const { headers, text } = await gateway.get('/admin/audit/export?format=jsonl&caller=environment', admin);
    expect(headers).toMatchObject({
      'content-type': 'application/jsonl; charset=utf-8',
      'content-disposition': expect.stringMatching(/^attachment; filename="audit-[\dTZ-]+\.jsonl"$/),
    });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual((await audit('caller=environment&limit=200')).items);
  });

  it('is a table as CSV, in which no cell is a formula', async () => {
    const requestId = nextId();
    await rpc('tools/call', { name: '=cmd|x,"y"' }, { 'x-request-id': requestId });
    const { headers, text } = await gateway.get(`/admin/audit/export?format=csv&requestId=${requestId}`, admin);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    const [head, line, ...rest] = text.split('\n');
    expect(head).toMatch(/^id,time,requestId,caller,.*,operation,arguments,outcome,/);
    expect(line).toContain(`,"'=cmd|x,""y""",`);
    expect(rest).toEqual(['']);
  });

  it('goes over many pages, and stops when its client leaves', async () => {
    const calls = Array.from({ length: 1_200 }, (_, n) => ({
      jsonrpc: '2.0',
      id: n,
      method: 'mcp.execute',
      params: { service: 'gateway', operation: 'echo', message: 'many' },
    }));
    for (let n = 0; n < calls.length; n += 50) {
      await gateway.post('/mcp/rpc', calls.slice(n, n + 50), { 'x-request-id': 'many' });
    }
    const { text } = await gateway.get('/admin/audit/export?requestId=many', admin);
    const seqs = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Item).seq);
    expect([seqs.length, new Set(seqs).size]).toEqual([1_200, 1_200]);
    await new Promise<void>((resolve) => {
      request(`${gateway.url}/admin/audit/export`, { headers: admin }, (response) => {
        response.once('data', () => response.destroy());
        response.once('close', resolve);
      }).end();
    });
    expect((await gateway.get('/health')).status).toBe(200);
  });

  it.each(['format=xml', 'limit=5', 'since=x'])('is refused with ?%s', async (query) => {
    expect((await gateway.get(`/admin/audit/export?${query}`, admin)).status).toBe(400);
  });
});

describe('the usage', () => {
  const usage = async (query: string) => (await gateway.get(`/admin/usage?${query}`, admin)).body as any;

  it('sums calls, errors, tokens and cost', async () => {
    const { items: lines } = await audit('service=bench&limit=200');
    const made = lines.filter(({ outcome }: Item) => outcome === 'ok' || outcome === 'error').length;
    const { currency, items } = await usage('by=service');
    expect([currency, items.find(({ key }: any) => key === 'bench')]).toEqual([
      'EUR',
      { key: 'bench', calls: lines.length, errors: lines.length, tokens: 0, cost: made * 2 },
    ]);
  });

  it.each([
    ['caller', 'environment'],
    ['operation', 'gateway.echo'],
    ['team', 'blue'],
    ['team', 'none'],
    ['service', 'gateway'],
  ])('by %s names %s, the most used first', async (by, key) => {
    const { items } = await usage(`by=${by}`);
    expect(items.map((item: any) => item.key)).toContain(key);
    const calls = items.map((item: any) => item.calls);
    expect(calls).toEqual(calls.toSorted((a: number, b: number) => b - a));
  });

  it('puts calls together that named no service or no operation', async () => {
    const keysBy = async (by: string) => (await usage(`by=${by}`)).items.map(({ key }: any) => key) as string[];
    for (const named of [{}, { service: 'gateway' }, { operation: 'ecko' }]) await rpc('mcp.execute', named);
    const [operations, services] = [await keysBy('operation'), await keysBy('service')];
    expect(operations).toContain('unknown');
    expect(services).toContain('unknown');
    expect([...operations, ...services].filter((key) => /^$|\.$|^ecko$/.test(key))).toEqual([]);
  });

  it('counts what was answered a moment ago, and nothing outside its time', async () => {
    const before = (await usage('by=operation')).items.find(({ key }: any) => key === 'gateway.status');
    await gateway.post('/api/services/gateway/status', {});
    const after = (await usage('by=operation')).items.find(({ key }: any) => key === 'gateway.status');
    expect(after.calls).toBe(Number(before?.calls ?? 0) + 1);
    expect((await usage('by=caller&from=2001-01-01&to=2002-01-01')).items).toEqual([]);
  });

  it.each(['by=colour', 'from=x', 'to=', 'since=2026-01-01'])('is refused with ?%s', async (query) => {
    expect((await gateway.get(`/admin/usage?${query}`, admin)).status).toBe(400);
  });
});

describe('gateway.my-calls', () => {
  const mine = async (input: object, headers = reader.headers) =>
    ((await gateway.post('/api/services/gateway/my-calls', input, headers)).body as any).data.calls;

  it('shows the caller its own calls, the newest first', async () => {
    const requestId = nextId();
    const headers = { ...reader.headers, 'x-request-id': requestId };
    await gateway.post('/api/services/gateway/echo', { message: 'mine' }, headers);
    const [line] = await linesOf(requestId);
    const { time, durationMs } = line as any;
    expect((await mine({ limit: 1 }))[0]).toEqual({
      time,
      requestId,
      door: 'rest',
      service: 'gateway',
      operation: 'echo',
      arguments: { message: 'mine' },
      outcome: 'ok',
      durationMs,
      bytes: 18,
      tokens: 5,
    });
    const others = (await mine({ limit: 200 })).filter((call: any) => call.arguments.message === 'hi');
    expect(others).toEqual([]);
    expect(await mine({ since: '2999-01-01T00:00:00Z' })).toEqual([]);
  });
});

it('a restart goes on in the same chain, and loses no line', async () => {
  const before = (await audit('limit=1')).items[0] as Item;
  const requestId = nextId();
  await gateway.post('/api/services/gateway/whoami', {}, { 'x-request-id': requestId });
  await gateway.restart();
  await gateway.post('/api/services/gateway/whoami', {}, { 'x-request-id': requestId });
  const [second, first] = await linesOf(requestId);
  expect([first!.seq, second!.seq]).toEqual([before.seq + 1, before.seq + 2]);
  expect(first!.id.slice(0, 12)).toBe(before.id.slice(0, 12));
  expect(await verified()).toEqual({ valid: true, checked: second!.seq, chains: 1 });
});

async function verified(): Promise<unknown> {
  return (await gateway.get('/admin/audit/verify', admin)).body;
}
