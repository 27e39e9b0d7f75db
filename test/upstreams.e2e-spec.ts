import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SupervisedUpstreams } from '#libs/core';
import type { ClientSide, Params } from '../libs/core/src/upstreams/connection.js';
import type { Upstream } from '../libs/core/src/upstreams/upstream.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const fixture = fileURLToPath(new URL('fixtures/upstreams/unsteady-server.js', import.meta.url));

/** A server of the fixtures, as an entry of `mcpServers`. */
const unsteady = (behaviour: object = {}, more: object = {}) => ({
  command: process.execPath,
  args: [fixture, JSON.stringify(behaviour)],
  // a checkout below /tmp is seen where it is the working directory
  cwd: process.cwd(),
  ...more,
});

// whoever calls from this process is taken for one of the servers that it started
const admin = { 'x-mcp-key': ADMIN_KEY };

const forever = () => new AbortController().signal;
const textOf = ({ content }: Params) => (content as [{ text: string }])[0].text;

async function call(upstream: Upstream, name: string, input: Params = {}, more: object = {}): Promise<string> {
  const result = await upstream.request('tools/call', { name, arguments: input }, { signal: forever(), ...more });
  return textOf(result);
}

let gateway: TestGateway;
let upstreams: SupervisedUpstreams;
const find = (name: string) => upstreams.find(name)!;

beforeAll(async () => {
  const servers = {
    steady: unsteady(),
    fragile: unsteady(),
    changing: unsteady(),
    shy: unsteady({ listOnlyToAskable: true }),
    renamed: unsteady({}, { tools: { echo: { name: 'say', description: 'Says it' }, crash: { enabled: false } } }),
    few: unsteady({}, { tools: ['echo'] }),
    dead: { url: 'http://127.0.0.1:1/mcp' },
    hanging: unsteady({ startMs: 1_000_000 }),
    broken: unsteady({ crashAtStart: true }),
    lacking: { url: 'https://mcp.example.com', headers: { Authorization: 'Bearer ${NOT_THERE}' } },
    off: { ...unsteady(), enabled: false },
    beside: { location: 'local' },
    hasty: { ...unsteady(), timeout: 1_000 },
  };
  gateway = await startGateway({ env: { MCP_SERVERS: JSON.stringify(servers) } });
  upstreams = gateway.gateway.app.get(SupervisedUpstreams);
  await Promise.all(
    ['steady', 'fragile', 'changing', 'shy', 'renamed', 'few'].map((name) => find(name).reached(20_000)),
  );
});
afterAll(() => gateway.close());

/** A client that answers every question with what it was asked, and keeps what it is told. */
function askableClient() {
  const asked: string[] = [];
  const told: string[] = [];
  const client: ClientSide = {
    capabilities: { elicitation: {} },
    ask: (_method, { message }) => {
      asked.push(String(message));
      return Promise.resolve({ action: 'accept', content: { answer: `to ${String(message)}` } });
    },
    notify: (method) => told.push(method),
  };
  return { client, asked, told };
}

describe('an upstream of the config', () => {
  it('offers its tools and answers calls', async () => {
    expect(find('steady').status()).toEqual({ state: 'ready', quarantined: 0 });
    expect(find('steady').offer).toMatchObject({ serverInfo: { name: 'unsteady' }, capabilities: { tools: {} } });
    expect(find('steady').offer.tools.map(({ name }) => name)).toContain('echo');
    expect(await call(find('steady'), 'echo', { message: 'hi' })).toBe('hi');
  });

  it.each([
    ['hanging', { state: 'starting', quarantined: 0 }, /still starting/],
    [
      'broken',
      { state: 'unavailable', lastFailure: { stage: 'start' } },
      /can't be started: it ended with exit code 4/,
    ],
    ['dead', { state: 'unavailable', lastFailure: { stage: 'transport' } }, /The upstream dead/],
    ['lacking', { state: 'unavailable', lastFailure: { stage: 'start' } }, /the variable NOT_THERE is not set/],
    ['off', { state: 'disabled', quarantined: 0 }, /switched off/],
    ['playwright', { state: 'reference', quarantined: 0 }, /beside the agent/],
    ['beside', { state: 'reference', quarantined: 0 }, /beside the agent/],
  ])('that is %s says so, and delays nobody', async (name, status, message) => {
    await expect.poll(() => find(name).status()).toMatchObject(status);
    const startedAt = performance.now();
    await expect(find(name).reached(100)).rejects.toMatchObject({ kind: 'unavailable', message });
    // a start may take 30 s
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('gives a call the time that its entry says, be it less than others have', async () => {
    const answer = await gateway.post('/api/services/hasty/hang', {}, admin);
    expect(answer.status).toBe(504);
    expect(JSON.stringify(answer.body)).toContain('deadline of 1000 ms');
  });

  it('is told of at /ready, /api/stats and to Prometheus', async () => {
    expect((await gateway.get('/ready', admin)).body).toMatchObject({
      status: 'ok',
      details: {
        steady: { state: 'ready' },
        broken: { state: 'unavailable', reason: expect.stringContaining('exit code 4') },
      },
    });
    expect((await gateway.get('/api/stats', admin)).body).toMatchObject({
      upstreams: { steady: { state: 'ready', quarantined: 0 }, off: { state: 'disabled', tools: 0 } },
    });
    const metrics = (await gateway.get('/metrics/prometheus', admin)).text;
    expect(metrics).toContain('mcp_upstream_state{upstream="steady",state="ready"} 1');
  });

  it('is never shown with its secrets', async () => {
    const { text } = await gateway.get('/config', admin);
    expect(JSON.parse(text)).toMatchObject({ values: { mcpServers: { value: '***', runtime: false } } });
  });
});

it('an upstream with the name of a service refuses the start', async () => {
  const env = { MCP_SERVERS: JSON.stringify({ postgres: unsteady() }) };
  await expect(startGateway({ env })).rejects.toThrow('mcpServers.postgres has the name of a service of the gateway');
});

describe('the tools of an upstream', () => {
  it('are called under the names and descriptions that the operator gives them', async () => {
    const tools = find('renamed').offer.tools;
    expect(tools.find(({ name }) => name === 'say')).toMatchObject({ description: 'Says it' });
    expect(tools.map(({ name }) => name)).not.toContain('echo');
    expect(await call(find('renamed'), 'say', { message: 'hi' })).toBe('hi');
    await expect(call(find('renamed'), 'echo')).rejects.toMatchObject({ kind: 'unknown' });
  });

  it('can be switched off, one by one or but for some', async () => {
    await expect(call(find('renamed'), 'crash')).rejects.toMatchObject({ kind: 'unknown', message: /no tool crash/ });
    expect(find('few').offer.tools.map(({ name }) => name)).toEqual(['echo']);
  });

  it('that only clients see that can be asked are listed, and named as such', async () => {
    await expect.poll(() => [...find('shy').offer.asking]).toEqual(['ask']);
    expect(find('shy').offer.tools.map(({ name }) => name)).toContain('ask');
  });
});

describe('an upstream that misbehaves', () => {
  it('may write what is no message, and too long ones', async () => {
    expect(await call(find('fragile'), 'garbage')).toBe('said');
    expect(await call(find('fragile'), 'flood')).toBe('flooded');
  });

  it('that crashes fails its calls with a reason, and serves again', async () => {
    const waiting = Array.from({ length: 50 }, () => call(find('fragile'), 'hang'));
    const settled = Promise.allSettled(waiting);
    const crashedAt = performance.now();
    await expect(call(find('fragile'), 'crash')).rejects.toMatchObject({ kind: 'unavailable' });
    for (const result of await settled) {
      expect(result).toMatchObject({ reason: { kind: 'unavailable', details: { retryable: true } } });
    }
    // and not at their deadlines
    expect(performance.now() - crashedAt).toBeLessThan(10_000);
    const again = () => call(find('fragile'), 'echo', { message: 'back' }).catch(() => 'not yet');
    await expect.poll(again, { timeout: 5_000, interval: 100 }).toBe('back');
    expect(await call(find('steady'), 'echo', { message: 'untouched' })).toBe('untouched');
  });

  it('holds no call beyond its deadline', async () => {
    const signal = AbortSignal.timeout(50);
    const hanging = find('steady').request('tools/call', { name: 'hang', arguments: {} }, { signal });
    await expect(hanging).rejects.toThrow(/timeout/);
  });
});

describe('a definition that changes', () => {
  it('is withheld until it is approved, over restarts too', async () => {
    const changes: string[] = [];
    upstreams.onChange(({ kind, upstream }) => upstream === 'changing' && changes.push(kind));
    expect(await call(find('changing'), 'echo', { message: 'hi' })).toBe('hi');
    await call(find('changing'), 'redefine');
    await expect.poll(() => find('changing').status().quarantined).toBe(1);
    expect(changes).toContain('tools');
    expect(find('changing').offer.tools.map(({ name }) => name)).not.toContain('echo');
    const refused = { kind: 'unavailable', message: /has changed since it was approved/ };
    await expect(call(find('changing'), 'echo')).rejects.toMatchObject(refused);

    await gateway.restart();
    upstreams = gateway.gateway.app.get(SupervisedUpstreams);
    expect(find('changing').status()).toEqual({ state: 'starting', quarantined: 1 });
    // what was kept is offered before the upstream was reached
    expect(find('changing').offer.tools.map(({ name }) => name)).toContain('identity');
    await expect(call(find('changing'), 'echo')).rejects.toMatchObject(refused);
    await find('changing').reached(20_000);
    await expect(call(find('changing'), 'echo')).rejects.toMatchObject(refused);

    expect(await find('changing').keeper.approve('echo')).toBe('approved');
    expect(find('changing').status().quarantined).toBe(0);
    expect(await call(find('changing'), 'echo', { message: 'new' })).toBe('new');
  });
});

describe('a client that can be asked', () => {
  it('gets a connection of its own, which ends when it leaves', async () => {
    const { client } = askableClient();
    const shared = await call(find('steady'), 'identity');
    const own = await call(find('steady'), 'identity', {}, { client, owner: 'a' });
    expect(own).not.toBe(shared);
    expect(await call(find('steady'), 'identity', {}, { client, owner: 'a' })).toBe(own);
    expect(await call(find('steady'), 'identity', {}, { client, owner: 'b' })).not.toBe(own);
    find('steady').release('a');
    expect(await call(find('steady'), 'identity', {}, { client, owner: 'a' })).not.toBe(own);
    find('steady').release('a');
    find('steady').release('b');
  });

  it('is asked by its own calls, however many overlap', async () => {
    const clients = Array.from({ length: 50 }, () => askableClient());
    const answers = clients.map(({ client }, n) =>
      call(find('steady'), 'ask', { message: `question ${n}` }, { client, owner: 'one' }),
    );
    expect(await Promise.all(answers)).toEqual(clients.map((_, n) => `to question ${n}`));
    expect(clients.map(({ asked }) => asked)).toEqual(clients.map((_, n) => [`question ${n}`]));
    expect([...find('steady').offer.asking]).toEqual(['ask']);
    find('steady').release('one');
  });

  it('is asked where no other of its calls could have asked', async () => {
    const asking = askableClient();
    const other = askableClient();
    const waits = call(find('fragile'), 'wait', { ms: 200 }, { client: other.client, owner: 'two' });
    const asks = call(find('fragile'), 'ask', { message: 'whose?' }, { client: asking.client, owner: 'two' });
    expect(await Promise.all([waits, asks])).toEqual(['waited', 'to whose?']);
    expect([asking.asked, other.asked]).toEqual([['whose?'], []]);
    find('fragile').release('two');
  });

  it.each([
    ['waits for the turn of its next call in a session', false],
    ['is asked at once where its calls stand alone', true],
  ])('and takes its time %s', async (_name, standsAlone) => {
    const open: ((given: Params) => void)[] = [];
    const slow = { ...askableClient().client, ask: () => new Promise<Params>((resolve) => void open.push(resolve)) };
    const asked: string[] = [];
    const asksAs = (name: string, client: ClientSide) =>
      call(find('steady'), 'ask', { message: name }, { client, owner: 'slow', standsAlone }).then((said) => {
        asked.push(name);
        return said;
      });
    // one that is known to ask
    await asksAs('known', askableClient().client);
    const first = asksAs('first', slow);
    await expect.poll(() => open.length).toBe(1);
    const second = asksAs('second', askableClient().client);
    if (standsAlone) expect(await second).toBe('to second');
    open[0]!({ action: 'accept', content: { answer: 'at last' } });
    expect(await Promise.all([first, second])).toEqual(['at last', 'to second']);
    expect(asked).toEqual(standsAlone ? ['known', 'second', 'first'] : ['known', 'first', 'second']);
    find('steady').release('slow');
  });

  it('without a connection of its own is asked nothing', async () => {
    const { client, asked } = askableClient();
    expect(await call(find('steady'), 'ask', { message: 'leak' }, { client })).not.toBe('to leak');
    expect(asked).toEqual([]);
  });

  it('hears no lines that could be those of another', async () => {
    const [mine, theirs] = [askableClient(), askableClient()];
    const waits = call(find('steady'), 'wait', { ms: 100 }, { client: theirs.client });
    await call(find('steady'), 'log', {}, { client: mine.client });
    await waits;
    expect([mine.told, theirs.told]).toEqual([[], []]);
    await call(find('steady'), 'log', {}, { client: mine.client });
    expect(mine.told).toEqual(['notifications/message']);
  });
});
