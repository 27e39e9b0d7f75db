import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { setReadAhead } from './read-ahead.js';

const open: { destroy(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.destroy();
});

/** Two ends of one connection. */
async function ends(): Promise<[near: Socket, far: Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  open.push(near, far, { destroy: () => server.close() });
  return [near, far];
}

/** How often a tick to read more was scheduled for a socket. */
function ticksOf(socket: Socket) {
  const schedule = vi.spyOn(process, 'nextTick');
  return () => schedule.mock.calls.filter(([, stream]) => stream === socket).length;
}

describe('a socket that does not read ahead', () => {
  it('schedules no tick after what it hands on, and does again when it is told to', async () => {
    const [near, far] = await ends();
    near.resume();
    setReadAhead(near, false);
    const ticks = ticksOf(near);
    far.write('one');
    await once(near, 'data');
    expect(ticks()).toBe(0);
    setReadAhead(near, true);
    far.write('two');
    await once(near, 'data');
    expect(ticks()).toBe(1);
  });

  it('hands on all that comes, in its order, however often it is paused', async () => {
    const [near, far] = await ends();
    setReadAhead(near, false);
    const sent = Buffer.alloc(5_000_000, 'lines of text that follow one another\n');
    const got: Buffer[] = [];
    near.on('data', (chunk: Buffer) => {
      got.push(chunk);
      near.pause();
      setImmediate(() => near.resume());
    });
    far.end(sent);
    await once(near, 'end');
    expect(Buffer.concat(got).equals(sent)).toBe(true);
  });

  it('holds its sender up while it is paused', async () => {
    const [near, far] = await ends();
    setReadAhead(near, false);
    near.on('data', () => near.pause());
    const sent = Buffer.alloc(50_000_000);
    far.write(sent);
    await once(near, 'data');
    await vi.waitFor(() => expect(near.readableLength).toBeGreaterThanOrEqual(near.readableHighWaterMark));
    expect(near.bytesRead).toBeLessThan(sent.length / 2);
    expect(far.writableLength).toBeGreaterThan(0);
  });
});

it('leaves a stream of another kind as it is', () => {
  expect(() => setReadAhead({} as Socket, false)).not.toThrow();
});
