import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import type { ClientSide, Params, RequestOptions } from './connection.js';
import { SessionLost } from './http-exchange.js';
import type { SupervisedUpstream } from './supervised-upstream.js';
import { MemoryServer } from './testing/memory-server.js';
import { supervised } from './testing/supervised.js';
import type { UpstreamCall } from './upstream.js';

const START = new Date('2026-11-01T00:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  Logger.overrideLogger(false);
});
afterEach(() => {
  vi.useRealTimers();
  Logger.overrideLogger(['error', 'warn', 'log']);
});

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const tools = [
  { name: 'read', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'set', inputSchema: { type: 'object' }, annotations: { idempotentHint: true } },
  { name: 'add', inputSchema: { type: 'object' } },
];

/** A server with three tools; `onCall` is what becomes of a call of one. */
async function started(onCall: (options: RequestOptions) => Params | Promise<Params> = () => ({})) {
  const server = new MemoryServer((method, _params, options) => {
    if (method === 'tools/call') return onCall(options);
    return method === 'tools/list' ? { tools } : {};
  });
  const states: string[] = [];
  const upstream: SupervisedUpstream = supervised(server, {
    onChange: ({ kind }) => kind === 'state' && states.push(upstream.status().state),
  });
  upstream.start();
  await later(0);
  await upstream.reached(1_000);
  await later(0);
  return { server, upstream, states };
}

const call = (upstream: SupervisedUpstream, name: string, more: Partial<UpstreamCall> = {}) =>
  upstream.request('tools/call', { name }, { signal: new AbortController().signal, ...more });

const gone = new OperationError('unavailable', 'The upstream wiki is gone');

describe('what is said of an upstream', () => {
  it('is whether it starts, is ready, idle, degraded or unavailable', async () => {
    let problem: Error | undefined = gone;
    const { server, upstream, states } = await started(() => {
      if (problem) throw problem;
      return {};
    });
    await expect(call(upstream, 'read')).rejects.toBe(gone);
    problem = undefined;
    await call(upstream, 'read');
    await later(900_000);
    server.problem = new OperationError('unavailable', 'it refused the connection');
    await expect(call(upstream, 'read')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(states).toEqual(['starting', 'ready', 'degraded', 'ready', 'idle', 'starting', 'unavailable']);
  });

  it('is what failed last, in which stage, when, and since when nothing succeeded', async () => {
    const { upstream } = await started(() => Promise.reject(gone));
    await expect(call(upstream, 'read')).rejects.toBe(gone);
    await later(5_000);
    await expect(call(upstream, 'read')).rejects.toBe(gone);
    expect(upstream.status()).toEqual({
      state: 'degraded',
      lastFailure: { stage: 'call', message: gone.message, at: new Date(START.getTime() + 5_000), since: START },
      quarantined: 0,
    });
  });
});

describe('an upstream that answers no call', () => {
  it('is asked no more after five, until one call may try again', async () => {
    const onCall = vi.fn(() => Promise.reject(gone));
    const { upstream } = await started(onCall);
    for (let time = 0; time < 5; time += 1) await expect(call(upstream, 'read')).rejects.toBe(gone);
    const refused = { kind: 'unavailable', details: { retryable: true, retryAfterMs: 1_000 } };
    await expect(call(upstream, 'read')).rejects.toMatchObject(refused);
    expect(onCall).toHaveBeenCalledTimes(5);
    await later(1_000);
    onCall.mockResolvedValue({ here: true } as never);
    expect(await call(upstream, 'read')).toEqual({ here: true });
    expect(await call(upstream, 'read')).toEqual({ here: true });
  });

  it('is said to have failed as it did, also while it is not asked', async () => {
    const { upstream } = await started(() => Promise.reject(gone));
    for (let time = 0; time < 6; time += 1) await call(upstream, 'read').catch(() => undefined);
    expect(upstream.status().lastFailure).toMatchObject({ stage: 'call', message: gone.message });
  });

  it('lets nobody wait for the call that tries again who is given up', async () => {
    const onCall = vi.fn(() => Promise.reject<Params>(gone));
    const { upstream } = await started(onCall);
    for (let time = 0; time < 5; time += 1) await expect(call(upstream, 'read')).rejects.toBe(gone);
    await later(1_000);
    let answer = (_result: Params): void => undefined;
    onCall.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    const first = call(upstream, 'read');
    const controller = new AbortController();
    const second = call(upstream, 'read', { signal: controller.signal });
    controller.abort(new Error('nobody wants it'));
    await expect(second).rejects.toThrow('nobody wants it');
    answer({ here: true });
    expect(await first).toEqual({ here: true });
  });
});

describe('a call whose session was lost', () => {
  /** Fails the first call of a session. */
  async function losing() {
    let isLost = false;
    const made = await started(() => {
      if (isLost) return { answered: true };
      isLost = true;
      made.server.alive[0]?.end('session', 'its session is gone');
      throw new SessionLost('wiki');
    });
    return made;
  }

  it.each(['read', 'set'])('is made again where that is safe: %s', async (name) => {
    const { server, upstream } = await losing();
    expect(await call(upstream, name)).toEqual({ answered: true });
    expect(server.alive).toHaveLength(1);
  });

  it('fails where it may change something each time, and the next finds a new session', async () => {
    const { upstream } = await losing();
    await expect(call(upstream, 'add')).rejects.toBeInstanceOf(SessionLost);
    expect(await call(upstream, 'add')).toEqual({ answered: true });
    expect(upstream.status()).toEqual({ state: 'ready', quarantined: 0 });
  });

  it('is made again once, and no more', async () => {
    const onCall = vi.fn(() => {
      server.alive[0]?.end('session', 'its session is gone');
      throw new SessionLost('wiki');
    });
    const { server, upstream } = await started(onCall);
    await expect(call(upstream, 'read')).rejects.toBeInstanceOf(SessionLost);
    expect(onCall).toHaveBeenCalledTimes(2);
  });
});

describe('an upstream that nobody uses', () => {
  const subscribe = (upstream: SupervisedUpstream, owner: string) =>
    upstream.request('resources/subscribe', { uri: 'file:///a' }, { signal: new AbortController().signal, owner });

  it('goes on while somebody listens to one of its resources', async () => {
    const { server, upstream } = await started();
    await subscribe(upstream, 'one');
    await subscribe(upstream, 'other');
    upstream.release('one');
    await later(10 * 900_000);
    expect(server.alive).toHaveLength(1);
    upstream.release('other');
    await later(900_000);
    expect(server.alive).toEqual([]);
  });
});

describe('clients that can be asked', () => {
  const asked = vi.fn(() => Promise.resolve({ action: 'accept' }));
  const told = vi.fn();
  const client: ClientSide = { capabilities: { elicitation: {} }, ask: asked, notify: told };

  /** Which client may be asked on the connection of its call. */
  const asks = ({ client: reached, signal }: RequestOptions) => reached!.ask('elicitation/create', {}, signal);

  it('have connections of their own up to 64; the next one is heard on the shared one, and asked nothing', async () => {
    let end: (() => void) | undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    const { server, upstream } = await started(async (options) => {
      if (options.client?.capabilities.elicitation) await over;
      return asks(options);
    });
    const shared = server.alive.length;
    const held = Array.from({ length: 64 }, (_, n) => call(upstream, 'read', { client, owner: `client ${n}` }));
    await later(0);
    expect(server.alive).toHaveLength(shared + 64);
    const refused = call(upstream, 'read', { client, owner: 'client 65' });
    await expect(refused).rejects.toThrow('This client can be asked for nothing');
    expect(server.alive).toHaveLength(shared + 64);
    expect(asked).not.toHaveBeenCalled();

    end?.();
    expect(await Promise.all(held)).toEqual(held.map(() => ({ action: 'accept' })));
    // one of those that nobody uses makes room
    expect(await call(upstream, 'read', { client, owner: 'client 65' })).toEqual({ action: 'accept' });
    expect(server.alive).toHaveLength(shared + 64);
    expect(server.connections[shared]?.isClosed).toBe(true);
  });

  it('lose them when they leave, or use them no more', async () => {
    const { server, upstream } = await started(asks);
    const shared = server.alive.length;
    await call(upstream, 'read', { client, owner: 'one' });
    await call(upstream, 'read', { client, owner: 'other' });
    expect(server.alive).toHaveLength(shared + 2);
    upstream.release('one');
    await later(0);
    expect(server.alive).toHaveLength(shared + 1);
    await later(90_000);
    expect(server.alive).toHaveLength(shared);
  });

  it('have none left when the upstream is stopped', async () => {
    const { server, upstream } = await started(asks);
    await call(upstream, 'read', { client, owner: 'one' });
    await upstream.stop();
    expect(server.alive).toEqual([]);
  });
});
