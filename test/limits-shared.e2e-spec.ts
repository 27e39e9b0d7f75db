import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';
import { connectPlain } from './sockets.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
type Headers = Record<string, string>;

let gateway: TestGateway;
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway({
    env: { MCP_PRICES: '{"currency":"EUR","perMillionTokens":1000,"operations":{"bench.erase":{"perCall":0.25}}}' },
    services: [GatewayModule, BenchModule],
  });
});
afterAll(() => gateway.close());

/** Each test has callers and operations of its own: what others have used up counts on. */
async function makeKey(more: object = {}): Promise<Headers & { id: string }> {
  keys += 1;
  const { body } = await gateway.post(
    '/admin/api-keys',
    { name: `agent ${keys}`, permissions: ['read', 'write'], ...more },
    admin,
  );
  const { id, key } = body as { id: string; key: string };
  return { 'x-mcp-key': key, id };
}

async function setLimits(limits: object): Promise<void> {
  const { status, body } = await gateway.post('/config', { limits }, admin);
  expect([status, body]).toMatchObject([200, {}]);
}

const headersOf = ({ 'x-mcp-key': key }: Headers): Headers => ({ 'x-mcp-key': key! });
const call = (path: string, who: Headers, input: object = {}) =>
  gateway.post(`/api/services/${path}`, input, headersOf(who));
const erase = (who: Headers) => call('bench/erase', who, { name: 'abc' });
const fail = (who: Headers) => call('bench/fail', who, { how: 'failed' });
const echo = (who: Headers, length = 2) => call('gateway/echo', who, { message: 'x'.repeat(length) });
const errorOf = ({ body }: Answer) => (body as any).error;
const detailsOf = (answer: Answer) => errorOf(answer).details;
const statuses = async (calls: (() => Promise<Answer>)[]) => {
  const found: number[] = [];
  for (const each of calls) found.push((await each()).status);
  return found;
};

describe('a service and an operation', () => {
  it('take as many calls as they may, of all callers together and over all doors', async () => {
    await setLimits({ operations: { 'bench.erase': { perMinute: 5 } } });
    const [one, other] = [await makeKey(), await makeKey()];
    const input = { name: 'abc' };
    const socket = await connectPlain(gateway.url, { headers: headersOf(other) });
    const tool = { name: 'bench_erase', arguments: input };
    const modern = (method: string, params: object) => ({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    });
    const doors: Record<string, (who: Headers) => Promise<any>> = {
      rest: async (who) => (await erase(who)).body,
      slash: async (who) =>
        (await gateway.post('/mcp/execute', { command: '/mcp-bench erase --name abc' }, headersOf(who))).body,
      rpc: (who) => gateway.rpc('mcp.execute', { service: 'bench', operation: 'erase', ...input }, headersOf(who)),
      'rpc tools/call': (who) => gateway.rpc('tools/call', tool, headersOf(who)),
      mcp: async (who) =>
        (
          await gateway.post('/mcp', modern('tools/call', tool), {
            ...headersOf(who),
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': '2026-07-28',
            'mcp-method': 'tools/call',
            'mcp-name': 'bench_erase',
          })
        ).body,
    };
    for (const [name, through] of Object.entries(doors)) {
      const answer = await through(name === 'slash' ? one : other);
      expect(answer.error, `${name}: ${JSON.stringify(answer)}`).toBeUndefined();
    }
    for (const through of Object.values(doors)) {
      const { error } = await through(one);
      expect(error).toMatchObject({ code: -32012 });
      const { requestId: _id, kind: _kind, ...details } = error.details ?? error.data;
      expect(details).toEqual({
        limit: 'perMinute',
        scope: 'operation',
        of: 'bench.erase',
        eachCaller: false,
        allowed: 5,
        used: 5,
        retryAfterMs: expect.toSatisfy((ms: number) => ms > 30_000 && ms <= 60_000),
      });
      expect(error.message).toMatch(
        /^The operation bench\.erase has had the 5 calls that it may in a minute\. Calls of other operations don’t count towards it\. Try again in \d+ s, or ask an admin of this gateway for a higher limit \(perMinute of the operation bench\.erase\)\.$/,
      );
    }
    const ack = await socket.ask('execute_tool', { toolName: 'bench_erase', arguments: input });
    expect(ack).toMatchObject({ ok: false, error: { code: -32012, kind: 'limited' } });
    socket.close();
    const refused = await erase(one);
    expect(refused.headers['retry-after']).toBe(String(Math.ceil(detailsOf(refused).retryAfterMs / 1_000)));
    expect((await echo(one)).status).toBe(200);
  });

  it('let each caller have a share of its own besides', async () => {
    await setLimits({ services: { bench: { perHour: 5, eachCaller: { perHour: 3 } } } });
    const [one, other] = [await makeKey(), await makeKey()];
    expect(await statuses([() => fail(one), () => fail(one), () => fail(one), () => fail(one)])).toEqual([
      422, 422, 422, 429,
    ]);
    const refused = await fail(one);
    expect(detailsOf(refused)).toMatchObject({ scope: 'service', of: 'bench', eachCaller: true, allowed: 3, used: 3 });
    expect(errorOf(refused).message).toMatch(
      /^agent \d+ has made the 3 calls of the service bench that it may in an hour\. Calls of other services .* Try again in 60 minutes, or ask .* \(perHour of the service bench for each caller\)\.$/,
    );
    // what was refused to one was not taken from all
    expect(await statuses([() => fail(other), () => fail(other), () => fail(other)])).toEqual([422, 422, 429]);
    expect(detailsOf(await fail(other))).toMatchObject({ eachCaller: false, allowed: 5, used: 5 });
  });

  it('named * stand for each that has no entry of its own', async () => {
    await setLimits({ operations: { '*': { perHour: 1 }, 'gateway.echo': { perHour: 0 }, 'gateway.my_calls': {} } });
    const who = await makeKey();
    expect(await statuses([1, 2].map(() => () => call('gateway/status', who)))).toEqual([200, 429]);
    expect(await statuses([1, 2].map(() => () => call('gateway/whoami', who)))).toEqual([200, 429]);
    expect(await statuses([1, 2, 3].map(() => () => echo(who)))).toEqual([200, 200, 200]);
    expect(await statuses([1, 2].map(() => () => call('gateway/my-calls', who)))).toEqual([200, 200]);
  });

  it('take nothing from anybody else for a call that they refuse, and the other way round', async () => {
    await setLimits({
      teams: { thrift: { perHour: 100 } },
      services: { bench: { perMinute: 100 } },
      operations: { 'bench.count': { perMinute: 2 } },
    });
    const rich = await makeKey({ team: 'thrift', limits: { perHour: 10 } });
    const poor = await makeKey({ limits: { perHour: 1 } });
    const count = (who: Headers) => call('bench/count', who, { to: 1 });
    expect(await statuses([() => count(poor), () => count(poor), () => count(poor)])).toEqual([200, 429, 429]);
    // three calls of the poor took one from the operation
    expect(await statuses([() => count(rich), () => count(rich), () => count(rich)])).toEqual([200, 429, 429]);
    const { headers } = await count(rich);
    expect(headers.ratelimit).toMatch(/^"hour";r=9;t=\d+, "team-hour";r=99;t=\d+$/);
    expect(headers['ratelimit-policy']).toBe('"hour";q=10;w=3600, "team-hour";q=100;w=3600');
  });
});

describe('calls at once of one service', () => {
  /** Begins a call that runs for a while; resolves when it does. */
  async function occupy(who: Headers, ms: number): Promise<{ answer: Promise<Answer> }> {
    const running = new Promise<void>((resolve) => {
      seen.whenRunning = resolve;
    });
    const answer = call('bench/wait', who, { ms });
    await running;
    seen.whenRunning = undefined;
    return { answer };
  }

  it('wait for a place whoever makes them, while other services go on', async () => {
    await setLimits({ operations: { 'bench.wait': { concurrency: 1 } } });
    const [one, other] = [await makeKey(), await makeKey()];
    const first = await occupy(one, 600);
    const second = call('bench/wait', other, { ms: 1 });
    expect((await echo(other)).status).toBe(200);
    expect([(await first.answer).status, (await second).status]).toEqual([200, 200]);
  });

  it('are refused after two seconds, with the place that was missing', async () => {
    const [one, other] = [await makeKey(), await makeKey()];
    const first = await occupy(one, 4_500);
    const refused = await call('bench/wait', other, { ms: 1 });
    expect([refused.status, detailsOf(refused)]).toEqual([
      429,
      {
        limit: 'concurrency',
        scope: 'operation',
        of: 'bench.wait',
        eachCaller: false,
        allowed: 1,
        used: 1,
        retryAfterMs: 1_000,
      },
    ]);
    expect(errorOf(refused).message).toMatch(
      /^The operation bench\.wait has 1 call running, which is as many as it may have at once\./,
    );
    await first.answer;
    expect((await call('bench/wait', other, { ms: 1 })).status).toBe(200);
  });
});

describe('a team', () => {
  it('has one budget for all its keys, and others have none of it', async () => {
    await setLimits({ teams: { data: { perHour: 3 } } });
    const [ann, ben] = [await makeKey({ team: 'data' }), await makeKey({ team: 'data' })];
    const [cid, dan] = [await makeKey({ team: 'sales' }), await makeKey()];
    expect(await statuses([() => echo(ann), () => echo(ben), () => echo(ann), () => echo(ben)])).toEqual([
      200, 200, 200, 429,
    ]);
    const refused = await echo(ann);
    expect(detailsOf(refused)).toMatchObject({ limit: 'perHour', scope: 'team', of: 'data', allowed: 3, used: 3 });
    expect(errorOf(refused).message).toMatch(/^The team data has made the 3 calls that it may in an hour\. Try again/);
    expect(await statuses([() => echo(cid), () => echo(dan)])).toEqual([200, 200]);
  });

  it('is told to its members with what is left', async () => {
    await setLimits({ teams: { '*': { perHour: 7, costPerMonth: 2.5 } } });
    const who = await makeKey({ team: 'facts', limits: { tokensPerMonth: 1_000 } });
    await call('gateway/whoami', who);
    const { body } = await call('gateway/whoami', who);
    const { limits } = (body as any).data;
    const resetMs = expect.any(Number);
    expect(limits).toEqual([
      { name: 'concurrency', limit: 256, remaining: 255, resetMs: 0 },
      { name: 'tokensPerMonth', limit: 1_000, remaining: expect.toSatisfy((n) => n > 500 && n < 1_000), resetMs },
      { team: 'facts', name: 'perHour', limit: 7, remaining: 5, resetMs },
      {
        team: 'facts',
        name: 'costPerMonth',
        limit: 2.5,
        remaining: expect.toSatisfy((n) => n > 2 && n < 2.5),
        resetMs,
      },
    ]);
  });
});

describe('budgets of tokens and money', () => {
  const MONTH_MS = 30 * 86_400_000;

  it('are used up by what was spent before they were set, and before a restart', async () => {
    const [one, other] = [await makeKey({ team: 'spender' }), await makeKey({ team: 'spender' })];
    await setLimits({});
    await echo(one, 4_000);
    await setLimits({ teams: { spender: { tokensPerMonth: 500 } } });
    const refused = await echo(other);
    expect([refused.status, detailsOf(refused)]).toEqual([
      429,
      {
        limit: 'tokensPerMonth',
        scope: 'team',
        of: 'spender',
        allowed: 500,
        used: expect.toSatisfy((used: number) => used > 900 && used < 1_200),
        retryAfterMs: expect.toSatisfy((ms: number) => ms > MONTH_MS - 60_000 && ms <= MONTH_MS),
      },
    ]);
    expect(errorOf(refused).message).toMatch(
      /^The team spender has used \d+ of the 500 tokens of answers that it may in 30 days\. Try again in 30 days, or/,
    );
    await setLimits({ teams: { spender: { tokensPerMonth: 2_500 } } });
    expect((await echo(other, 4_000)).status).toBe(200);
    const left = await leftOf(one);
    expect(Number(left)).toBeLessThan(600);
    await gateway.restart();
    expect(await leftOf(one)).toBe(left);
    await echo(one, 4_000);
    expect((await echo(other)).status).toBe(429);
  });

  it('of money are counted by the price table, as the usage is', async () => {
    await setLimits({ teams: { payer: { costPerDay: 1 } } });
    const [one, other] = [await makeKey({ team: 'payer' }), await makeKey({ team: 'payer' })];
    expect(await statuses([() => erase(one), () => erase(other), () => erase(one)])).toEqual([200, 200, 200]);
    // what is refused and what is not there costs nothing
    expect((await call('bench/nothing', one)).status).toBe(404);
    expect((await call('bench/erase', one, { name: 'abc', all: true })).status).toBe(403);
    await expect.poll(async () => (await erase(other)).status).toBe(200);
    const refused = await erase(one);
    const { used } = detailsOf(refused);
    expect(detailsOf(refused)).toMatchObject({ limit: 'costPerDay', scope: 'team', of: 'payer', allowed: 1 });
    expect(errorOf(refused).message).toContain(`The team payer has spent ${used} of the 1 EUR that it may in 24 hours`);
    const { body } = await gateway.get('/admin/usage?by=team', admin);
    const item = (body as any).items.find(({ key }: { key: string }) => key === 'payer');
    expect(item).toEqual({ key: 'payer', calls: 7, errors: 3, tokens: expect.any(Number), cost: used });
    expect(used).toBeCloseTo(4 * 0.25 + item.tokens / 1_000, 6);
    await gateway.restart();
    expect(detailsOf(await erase(one))).toMatchObject({ used });
  });

  it('of keys go before those of callers, and those before the defaults', async () => {
    await setLimits({ callers: { local: { tokensPerMonth: 100 }, '*': { costPerDay: 0.1, perHour: 50 } } });
    const own = await makeKey({ limits: { costPerDay: 0 } });
    const usual = await makeKey();
    for (const who of [own, usual]) expect((await echo(who, 400)).status).toBe(200);
    expect([(await echo(own)).status, (await echo(usual)).status]).toEqual([200, 429]);
    await gateway.post('/api/services/gateway/echo', { message: 'x'.repeat(400) });
    const refused = await gateway.post('/api/services/gateway/echo', { message: 'x' });
    expect(detailsOf(refused)).toMatchObject({ limit: 'tokensPerMonth', scope: 'caller', of: 'local', allowed: 100 });
  });

  /** What is left of a team's tokens, as an answer to one of its members says that costs nothing. */
  async function leftOf(who: Headers): Promise<string | undefined> {
    const { headers } = await call('gateway/echo', who, { message: 7 });
    return /"team-tokens-month";r=(\d+)/.exec(String(headers.ratelimit))?.[1];
  }
});

describe('the limits themselves', () => {
  it.each([
    [{ service: {} }],
    [{ services: { Github: {} } }],
    [{ services: { github: { perMinutes: 1 } } }],
    [{ services: { github: { perMinute: -1 } } }],
    [{ services: { github: { perMinute: 1.5 } } }],
    [{ services: { github: { eachCaller: { eachCaller: {} } } } }],
    [{ operations: { query: { perMinute: 1 } } }],
    [{ callers: { 'key:x': { perMinute: 1 } } }],
    [{ teams: { '': { perMinute: 1 } } }],
    [{ teams: { data: { costPerDay: 1e7 } } }],
  ])('are refused as %j', async (limits) => {
    const { status, body } = await gateway.post('/config', { limits }, admin);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: {
        kind: 'invalid',
        details: { issues: [{ path: 'limits', expected: expect.stringMatching(/^limits as JSON/) }] },
      },
    });
  });

  it('are part of the configuration as code', async () => {
    await setLimits({ services: { bench: { perMinute: 9 } } });
    const { body: exported } = await gateway.get('/config/export', admin);
    const limits = { callers: {}, teams: {}, services: { bench: { perMinute: 9 } }, operations: {} };
    expect((exported as any).limits).toEqual(limits);
    const wanted = { ...limits, services: { bench: { perMinute: 8 } } };
    const { body: plan } = await gateway.post('/config/plan', { limits: wanted }, admin);
    expect((plan as any).changes).toEqual([{ key: 'limits', from: limits, to: wanted, needsRestart: false }]);
  });
});
