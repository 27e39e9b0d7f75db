import { afterEach, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import type { Params } from './connection.js';
import { MemoryServer } from './testing/memory-server.js';
import { supervised } from './testing/supervised.js';
import type { SupervisedUpstream } from './supervised-upstream.js';

const tools = [{ name: 'read', inputSchema: { type: 'object' } }];
const forever = () => new AbortController().signal;
const call = { name: 'read', arguments: {} };
const asked = { capabilities: { elicitation: {} }, ask: () => Promise.resolve({}), notify: () => undefined };

const upstreams: SupervisedUpstream[] = [];
afterEach(async () => {
  for (const upstream of upstreams.splice(0)) await upstream.stop();
});

async function started(answer: (method: string, opened: number) => Params | Promise<Params> = () => ({})) {
  const server: MemoryServer = new MemoryServer(
    (method) => (method === 'tools/list' ? { tools } : answer(method, server.connections.length)),
    { tools: {}, resources: { subscribe: true } },
  );
  const upstream = supervised(server);
  upstreams.push(upstream);
  upstream.start();
  await upstream.reached(1_000);
  return { server, upstream };
}

it('that is stopped while it is restarted stays stopped', async () => {
  const { server, upstream } = await started();
  const restarting = upstream.restart();
  await upstream.stop();
  await restarting;
  expect(server.alive).toEqual([]);
});

it('that is stopped is called no more, by whomever', async () => {
  const { server, upstream } = await started();
  await upstream.stop();
  for (const client of [undefined, asked]) {
    const calling = upstream.request('tools/call', call, { signal: forever(), client, owner: 'session' });
    await expect(calling).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: false } });
  }
  expect(server.alive).toEqual([]);
});

it('that is stopped is called no more where each caller has a line of its own', async () => {
  const auth = { type: 'authorization-code' as const };
  const target = { url: 'https://wiki.example', transport: undefined, headers: {}, auth, policy: 'open' as const };
  const server = new MemoryServer((method) => (method === 'tools/list' ? { tools } : {}));
  const upstream = supervised(server, { target });
  upstream.start();
  await upstream.reached(1_000, 'ann');
  await upstream.stop();
  for (const callerId of ['ann', 'bob']) {
    const calling = upstream.request('tools/call', call, { signal: forever(), callerId });
    await expect(calling).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: false } });
  }
  expect(server.alive).toEqual([]);
  expect(server.triedAt).toHaveLength(1);
});

it('that is stopped as soon as it is reached is not opened for a client that waited for that', async () => {
  const server = new MemoryServer((method) => (method === 'tools/list' ? { tools } : {}));
  const upstream = supervised(server, {
    onChange: ({ kind }) => {
      if (kind === 'state' && upstream.status().state === 'ready') void upstream.stop();
    },
  });
  upstream.start();
  const asking = upstream.request('prompts/get', { name: 'greet' }, { signal: forever(), client: asked, owner: 's' });
  await expect(asking).rejects.toMatchObject({ kind: 'unavailable' });
  await upstream.stop();
  expect(server.triedAt).toHaveLength(1);
  expect(server.alive).toEqual([]);
});

it('that is stopped while it lists what it hides ends that too, and keeps nothing of it', async () => {
  let answer: (tools: Params) => void = () => undefined;
  const hidden = new Promise<Params>((resolve) => (answer = resolve));
  const listed: unknown[] = [];
  const server: MemoryServer = new MemoryServer((method, _params, _options, { clientCapabilities }) => {
    if (method !== 'tools/list') return {};
    return 'elicitation' in clientCapabilities ? hidden : { tools };
  });
  const upstream = supervised(server, { store: { keepPins: (_name, pins) => listed.push(...pins) } });
  upstream.start();
  await upstream.reached(1_000);
  await expect.poll(() => server.connections.length).toBe(2);
  await upstream.stop();
  expect(server.alive).toEqual([]);
  answer({ tools: [...tools, { name: 'late', inputSchema: { type: 'object' } }] });
  await new Promise((resolve) => setImmediate(resolve));
  expect(listed).toMatchObject([{ tool: 'read' }]);
});

it('hands over who listens, and what still waits to be called', async () => {
  const [one, other] = [await started(), await started()];
  const listening = { signal: forever(), owner: 'session' };
  await one.upstream.request('resources/subscribe', { uri: 'x:1' }, listening);
  await other.upstream.stop();
  one.upstream.handOver(other.upstream);
  await one.upstream.stop();
  other.upstream.start();
  await other.upstream.reached(1_000);
  await expect.poll(() => other.server.alive[0]?.requested).toContain('resources/subscribe');
  await one.upstream.request('tools/call', call, { signal: forever() });
  expect(other.server.alive[0]?.requested).toContain('tools/call');
  // it has found out meanwhile that the session is at this replica
  expect(await one.upstream.requestHere('prompts/list', {}, { signal: forever() })).toEqual({});
  await other.upstream.request('resources/unsubscribe', { uri: 'x:1' }, listening);
  expect(other.server.alive[0]?.requested).toContain('resources/unsubscribe');
});

it('tells all who subscribe at once what the first of them is told, and is asked again by the next', async () => {
  let refuse: (error: Error) => void = () => undefined;
  let times = 0;
  const { upstream } = await started((method) => {
    if (method !== 'resources/subscribe') return {};
    times += 1;
    return new Promise<Params>((_, reject) => (refuse = reject));
  });
  const subscribe = (owner: string) =>
    upstream
      .request('resources/subscribe', { uri: 'x:1' }, { signal: forever(), owner })
      .catch((error: unknown) => (error as Error).message);
  const both = Promise.all([subscribe('a'), subscribe('b')]);
  await expect.poll(() => times).toBe(1);
  refuse(new OperationError('failed', 'There is no such resource'));
  expect(await both).toEqual(['There is no such resource', 'There is no such resource']);
  void subscribe('c');
  await expect.poll(() => times).toBe(2);
  refuse(new OperationError('failed', 'There is still none'));
});

it('is told of the end of a subscription only where it is connected', async () => {
  const { server, upstream } = await started();
  const listening = { signal: forever(), owner: 'session' };
  await upstream.request('resources/subscribe', { uri: 'x:1' }, listening);
  server.problem = new Error('It is away');
  server.alive[0]?.end('transport', 'it has gone');
  const before = server.triedAt.length;
  expect(await upstream.request('resources/unsubscribe', { uri: 'x:1' }, listening)).toEqual({});
  expect(server.triedAt.length).toBe(before);
});
