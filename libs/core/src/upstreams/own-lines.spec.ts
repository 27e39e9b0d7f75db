import { beforeEach, describe, expect, it } from 'vitest';
import { AskingTools } from './asking-tools.js';
import type { UpstreamConnection } from './connection.js';
import { OwnLines, type LineUse } from './own-lines.js';

const capabilities = { elicitation: {} };
const forever = () => new AbortController().signal;

let opened: UpstreamConnection[];
let closed: UpstreamConnection[];
let lines: OwnLines;
beforeEach(() => {
  opened = [];
  closed = [];
  const asking = new AskingTools(new Set(['ask']));
  lines = new OwnLines({
    name: 'fixture',
    open: () => Promise.resolve(newConnection()),
    startTimeoutMs: 1_000,
    asking,
  });
});

function newConnection(): UpstreamConnection {
  const connection = {
    ended: new Promise(() => undefined),
    close: () => {
      closed.push(connection);
      return Promise.resolve();
    },
  } as unknown as UpstreamConnection;
  opened.push(connection);
  return connection;
}

/** Calls that go on until they are ended, each with the number of its connection. */
async function begin(count: number, { owner = 'ann', tool = 'ask', standsAlone = true }: Partial<LineUse> = {}) {
  const calls = Array.from({ length: count }, () => {
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    const on = new Promise<number>((resolve) => {
      const work = (connection: UpstreamConnection) => {
        resolve(opened.indexOf(connection));
        return over;
      };
      void lines.use({ owner, capabilities, standsAlone, tool }, forever(), work);
    });
    return { on, end };
  });
  return { on: await Promise.all(calls.map(({ on }) => on)), end: () => calls.forEach(({ end }) => end()) };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('a session', () => {
  it('has one connection, whatever it calls', async () => {
    expect((await begin(5, { standsAlone: false })).on).toEqual([0, 0, 0, 0, 0]);
    expect((await begin(1, { standsAlone: false, tool: 'echo' })).on).toEqual([0]);
  });
});

describe('a client whose requests stand alone', () => {
  it('has a connection for each call that asks, and uses them again', async () => {
    const first = await begin(3);
    expect(first.on).toEqual([0, 1, 2]);
    first.end();
    await new Promise(setImmediate);
    expect((await begin(3)).on.sort()).toEqual([0, 1, 2]);
  });

  it('has one for all calls that don’t', async () => {
    expect((await begin(3, { tool: 'echo' })).on).toEqual([0, 0, 0]);
    expect((await begin(1)).on).toEqual([1]);
    expect((await begin(2, { tool: 'echo' })).on).toEqual([0, 0]);
  });

  it('has at most 24, and then waits on the one that is used least', async () => {
    expect((await begin(24)).on).toEqual(range(0, 24));
    expect((await begin(24)).on.sort((a, b) => a - b)).toEqual(range(0, 24));
  });

  it('leaves half of all to others', async () => {
    expect((await begin(24)).on).toEqual(range(0, 24));
    expect(new Set((await begin(24, { owner: 'bob' })).on)).toEqual(new Set(range(24, 32)));
    expect((await begin(1, { owner: 'eve' })).on).toEqual([32]);
    expect((await begin(2, { owner: 'eve' })).on).toEqual([32, 32]);
  });

  it('has its connections closed when it leaves, and no other’s', async () => {
    await begin(2);
    await begin(1, { owner: 'bob' });
    lines.release('ann');
    await expect.poll(() => closed.map((connection) => opened.indexOf(connection))).toEqual([0, 1]);
  });
});

it('64 clients have connections, one more has none until one of them is idle', async () => {
  const calls = await Promise.all(range(0, 64).map((n) => begin(1, { owner: `c${n}` })));
  expect(lines.hasRoomFor('one more', capabilities)).toBe(false);
  expect(lines.hasRoomFor('c7', capabilities)).toBe(true);
  calls[7]!.end();
  await new Promise(setImmediate);
  expect(lines.hasRoomFor('one more', capabilities)).toBe(true);
  expect((await begin(1, { owner: 'one more' })).on).toEqual([64]);
  await expect.poll(() => closed).toEqual([opened[7]]);
});
