import { EventEmitter, once } from 'node:events';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { AuthorizationNeeded } from './auth/credential.js';
import { Health } from './health.js';
import { SharedLine, type LineOptions } from './shared-line.js';
import { MemoryServer } from './testing/memory-server.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const START = new Date('2026-11-01T00:00:00Z');

beforeEach(() => {
  Logger.overrideLogger(false);
  vi.useFakeTimers({ now: START });
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  Logger.overrideLogger(['error', 'warn', 'log']);
});

const forever = () => new AbortController().signal;
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function lineTo(server: MemoryServer, more: Partial<LineOptions> = {}) {
  const health = new Health();
  const limits = { startTimeoutMs: 2 * MINUTE, idleMs: 0, maxLifetimeMs: 0 };
  const told = { isListenedTo: () => false, onOpen: () => 0, onState: () => 0 };
  const line = new SharedLine({ name: 'wiki', open: server.open, health, ...limits, ...told, ...more });
  return { line, health };
}

/** A call that lasts until it is told to end. */
function longCall(line: SharedLine) {
  const over = new EventEmitter();
  const done = line.use(forever(), () => once(over, 'end').then(() => 'done'));
  return { end: () => over.emit('end'), done };
}

/** Waits between tries, in milliseconds. */
const waits = ({ triedAt }: MemoryServer) => triedAt.slice(1).map((at, n) => at - triedAt[n]!);

describe('a connection that all share', () => {
  it('is opened by the first who uses it, and not before', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server);
    line.allow();
    await later(DAY);
    expect(server.triedAt).toEqual([]);
    await line.use(forever(), () => Promise.resolve());
    expect(server.alive).toHaveLength(1);
  });

  it('is opened once, however many wait for it', async () => {
    const server = new MemoryServer(() => ({ here: true }));
    const { line } = lineTo(server);
    line.allow();
    const calls = Array.from({ length: 50 }, () =>
      line.use(forever(), (each) => each.request('x', {}, { signal: forever() })),
    );
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 50 }, () => ({ here: true })));
    expect(server.triedAt).toHaveLength(1);
  });

  it('is kept for ever where nothing limits it', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server);
    line.start();
    await later(400 * DAY);
    expect([server.triedAt.length, server.alive.length]).toEqual([1, 1]);
  });

  it('is given up when the server does not answer in time', async () => {
    const server = new MemoryServer();
    server.isSlow = true;
    const { line, health } = lineTo(server);
    line.allow();
    const reached = expect(line.reached(forever())).rejects.toMatchObject({
      kind: 'unavailable',
      message: "The upstream wiki can't be used: it did not answer within 120 s; it is tried again in 1 s",
    });
    await later(2 * MINUTE);
    await reached;
    expect(health.lastFailure?.stage).toBe('start');
  });

  it('leaves nothing when it is stopped in the middle of being opened, and is not opened again', async () => {
    const server = new MemoryServer();
    server.isSlow = true;
    const { line, health } = lineTo(server);
    line.start();
    await line.stop();
    await expect(line.reached(forever())).rejects.toMatchObject({
      message: expect.stringContaining('has stopped it') as string,
      details: { retryable: true },
    });
    await later(DAY);
    expect([server.triedAt.length, server.alive.length, health.lastFailure]).toEqual([1, 0, undefined]);
  });
});

describe('a connection that nobody uses', () => {
  const idleMs = 15 * MINUTE;

  it('is ended after its time, and opened again by the next call', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server, { idleMs });
    line.start();
    await later(10 * MINUTE);
    await line.use(forever(), () => Promise.resolve());
    await later(idleMs - 1);
    expect(server.alive).toHaveLength(1);
    await later(1);
    expect([server.alive.length, line.connection]).toEqual([0, undefined]);
    await later(DAY);
    expect(server.triedAt).toHaveLength(1);
    await line.use(forever(), () => Promise.resolve());
    expect(server.alive).toHaveLength(1);
  });

  it('is not one in which a call is under way', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server, { idleMs });
    line.start();
    const { end, done } = longCall(line);
    await later(DAY);
    expect(server.alive).toHaveLength(1);
    end();
    await done;
    // it is looked at once in that time
    await later(2 * idleMs);
    expect(server.alive).toEqual([]);
  });
});

describe('a connection on which somebody waits to be told something', () => {
  it('is kept, however long nobody uses it, until nobody waits any more', async () => {
    const server = new MemoryServer();
    let isListenedTo = true;
    const { line } = lineTo(server, { idleMs: MINUTE, isListenedTo: () => isListenedTo });
    line.start();
    await later(DAY);
    expect([server.triedAt.length, server.alive.length]).toEqual([1, 1]);
    isListenedTo = false;
    await later(MINUTE);
    expect(server.alive).toEqual([]);
  });
});

describe('a connection that is old', () => {
  const maxLifetimeMs = DAY;

  it('is replaced by a new one, without a gap', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server, { maxLifetimeMs });
    line.start();
    await later(DAY - 1);
    const [first] = server.alive;
    await later(1);
    expect(server.alive).toHaveLength(1);
    expect(server.alive[0]).not.toBe(first);
    await later(3 * DAY);
    expect(server.triedAt).toHaveLength(5);
  });

  it('ends with the last of its calls, while others use the new one', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server, { maxLifetimeMs });
    line.start();
    const { end, done } = longCall(line);
    await later(DAY);
    expect(server.alive).toHaveLength(2);
    expect(await line.use(forever(), (used) => Promise.resolve(used))).toBe(server.connections[1]);
    end();
    expect(await done).toBe('done');
    expect(server.alive).toEqual([server.connections[1]]);
  });

  it('is ended with its call under way when all is stopped', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server, { maxLifetimeMs });
    line.start();
    void longCall(line);
    await later(DAY);
    await line.stop();
    expect(server.alive).toEqual([]);
  });
});

describe('a server that can’t be reached', () => {
  const problem = new OperationError('unavailable', 'it refused the connection');

  it('is tried again after twice as long each time, up to a minute', async () => {
    const server = new MemoryServer();
    server.problem = problem;
    lineTo(server).line.start();
    await later(10 * MINUTE);
    const growing = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000];
    expect(waits(server)).toEqual([...growing, ...Array.from({ length: 8 }, () => MINUTE)]);
  });

  it.each([
    [0, 0.8],
    [1, 1.2],
  ])('is not tried by all gateways at once: chance %s makes the waits %s times as long', async (chance, factor) => {
    vi.mocked(Math.random).mockReturnValue(chance);
    const server = new MemoryServer();
    server.problem = problem;
    lineTo(server).line.start();
    await later(2 * SECOND);
    expect(waits(server).slice(0, 2)).toEqual([250 * factor, 500 * factor]);
  });

  it('fails its callers at once until the next try, and says when that is', async () => {
    const server = new MemoryServer();
    server.problem = problem;
    const { line } = lineTo(server);
    line.start();
    await later(SECOND);
    const tries = server.triedAt.length;
    await expect(line.reached(forever())).rejects.toMatchObject({
      kind: 'unavailable',
      message: "The upstream wiki can't be used: it refused the connection; it is tried again in 1 s",
      details: { retryable: true, retryAfterMs: 750 },
    });
    expect(server.triedAt).toHaveLength(tries);
  });

  it('is said to have failed last now, and since the first time', async () => {
    const server = new MemoryServer();
    server.problem = Object.assign(new OperationError('unavailable', 'no MCP'), { stage: 'handshake' });
    const { line, health } = lineTo(server);
    line.start();
    await later(750);
    const at = new Date(START.getTime() + 750);
    expect(health.lastFailure).toEqual({ stage: 'handshake', message: 'no MCP', at, since: START });
    server.problem = undefined;
    await later(SECOND);
    expect(health.lastFailure).toBeUndefined();
    expect(server.alive).toHaveLength(1);
  });

  it('is tried at once when it is restarted, and its waits begin anew', async () => {
    const server = new MemoryServer();
    server.problem = problem;
    const { line } = lineTo(server);
    line.start();
    await later(5 * MINUTE);
    const before = server.triedAt.length;
    await line.restart();
    await later(750);
    expect(server.triedAt).toHaveLength(before + 3);
  });

  it('is not tried again by itself where a caller has to authorize first', async () => {
    const server = new MemoryServer();
    server.problem = new AuthorizationNeeded('wiki', 'https://auth.example.com');
    const { line, health } = lineTo(server);
    line.allow();
    await expect(line.reached(forever())).rejects.toBe(server.problem);
    await later(DAY);
    expect([server.triedAt.length, health.lastFailure]).toEqual([1, undefined]);
  });
});

describe('a connection that breaks', () => {
  it('is opened again, later each time where it never lasts', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server);
    line.start();
    for (let time = 0; time < 4; time += 1) {
      await later(0);
      server.alive[0]?.end('transport', 'it ended with exit code 3');
      await later(250 * 2 ** time);
    }
    expect(waits(server)).toEqual([250, 500, 1_000, 2_000]);
  });

  it('is opened again soon where it had lasted', async () => {
    const server = new MemoryServer();
    const { line, health } = lineTo(server);
    line.start();
    for (let time = 0; time < 3; time += 1) {
      await later(30 * SECOND);
      server.alive[0]?.end('transport', 'it ended with exit code 3');
      await later(0);
      expect(health.lastFailure).toMatchObject({ stage: 'transport', message: 'it ended with exit code 3' });
      await later(250);
    }
    expect(waits(server)).toEqual([30_250, 30_250, 30_250]);
    expect(health.lastFailure).toBeUndefined();
  });

  it('because its session was lost is opened again at once, and nothing has failed', async () => {
    const server = new MemoryServer();
    const { line, health } = lineTo(server);
    line.start();
    await later(0);
    server.alive[0]?.end('session', 'its session is gone');
    await later(0);
    expect([server.alive.length, server.triedAt.length, health.lastFailure]).toEqual([1, 2, undefined]);
  });

  it('because its session was lost again is opened later each time, as long as none lasts', async () => {
    const server = new MemoryServer();
    const { line, health } = lineTo(server);
    line.start();
    for (let time = 0; time < 5; time += 1) {
      await later(0);
      server.alive[0]?.end('session', 'its session is gone');
      await later(0);
      if (time > 0) expect(health.lastFailure).toMatchObject({ stage: 'session', message: 'its session is gone' });
      await later(time === 0 ? 0 : 250 * 2 ** (time - 1));
    }
    expect(waits(server)).toEqual([0, 250, 500, 1_000, 2_000]);
  });

  it('because its session was lost is opened at once again where the one before had lasted', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server);
    line.start();
    for (let time = 0; time < 3; time += 1) {
      await later(30 * SECOND);
      server.alive[0]?.end('session', 'its session is gone');
      await later(0);
    }
    expect(waits(server)).toEqual([30_000, 30_000, 30_000]);
  });

  it('because its session was lost again fails no call that can wait for the next try', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server);
    line.start();
    await later(0);
    for (let time = 0; time < 2; time += 1) {
      server.alive[0]?.end('session', 'its session is gone');
      await later(0);
    }
    const used = line.use(forever(), (connection) => Promise.resolve(connection));
    await later(250);
    expect(await used).toBe(server.alive[0]);
    expect(waits(server)).toEqual([0, 250]);
  });

  it('because its session was lost each time fails calls at once where the next try is long in coming', async () => {
    const server = new MemoryServer();
    const { line } = lineTo(server);
    line.start();
    for (let time = 0; time < 6; time += 1) {
      await later(250 * 2 ** (time - 2));
      server.alive[0]?.end('session', 'its session is gone');
      await later(0);
    }
    await expect(line.reached(forever())).rejects.toMatchObject({ details: { retryable: true, retryAfterMs: 4_000 } });
  });

  it('before it was handed on is opened again', async () => {
    const server = new MemoryServer();
    const open: LineOptions['open'] = async (opening) => {
      const connection = await server.open(opening);
      if (server.triedAt.length === 1) server.connections[0]?.end('session', 'its session is gone');
      return connection;
    };
    const { line } = lineTo(server, { open });
    line.start();
    await later(250);
    expect([server.triedAt.length, line.connection]).toEqual([2, server.alive[0]]);
  });
});
