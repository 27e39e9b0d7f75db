import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readLean } from './lean-reads.js';

const open: { destroy(): void }[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const one of open.splice(0)) one.destroy();
});

/** Two ends of one connection, of which the near one is read lean. */
async function ends(): Promise<[near: Socket, far: Socket]> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  open.push(near, far, { destroy: () => server.close() });
  readLean(near);
  return [near, far];
}

const chunkOf = async (stream: Readable): Promise<Buffer> => ((await once(stream, 'data')) as [Buffer])[0];

describe('a socket that is read lean', () => {
  it('takes no memory of its own for a short chunk, and schedules no tick after it', async () => {
    const [near, far] = await ends();
    near.resume();
    const schedule = vi.spyOn(process, 'nextTick');
    far.write('one');
    const chunk = await chunkOf(near);
    expect(chunk.toString()).toBe('one');
    expect(chunk.buffer.byteLength).toBe(Buffer.poolSize);
    expect(schedule.mock.calls.filter(([, stream]) => stream === near)).toEqual([]);
  });

  it('is made so once, however often it is asked for', async () => {
    const [near, far] = await ends();
    const { _handle: handle } = near as unknown as { _handle: { useUserBuffer(): void } };
    const use = vi.spyOn(handle, 'useUserBuffer');
    readLean(near);
    expect(use).not.toHaveBeenCalled();
    near.resume();
    far.write('one');
    expect(String(await chunkOf(near))).toBe('one');
  });

  it('hands on chunks that stay as they are when others come, also over another socket', async () => {
    const [[near, far], [another, farther]] = await Promise.all([ends(), ends()]);
    const chunks: Buffer[] = [];
    for (const socket of [near, another]) socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    for (const text of ['first', 'second']) {
      far.write(text);
      await vi.waitFor(() => expect(chunks.map(String)).toContain(text));
      farther.write(`other ${text}`);
      await vi.waitFor(() => expect(chunks.map(String)).toContain(`other ${text}`));
    }
    expect(chunks.map(String)).toEqual(['first', 'other first', 'second', 'other second']);
  });

  it('hands on all that comes, in its order, however often it is paused', async () => {
    const [near, far] = await ends();
    const sent = Buffer.from(Array.from({ length: 500_000 }, (_, i) => `line ${i}\n`).join(''));
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

  it('can be read as lines of async iteration are, and be given back what was read', async () => {
    const [near, far] = await ends();
    far.write('one');
    near.unshift(await chunkOf(near.resume()));
    far.end('two');
    let text = '';
    for await (const chunk of near) text += String(chunk);
    expect(text).toBe('onetwo');
  });

  it('holds its sender up while it is paused', async () => {
    const [near, far] = await ends();
    near.on('data', () => near.pause());
    const sent = Buffer.alloc(50_000_000);
    far.write(sent);
    await once(near, 'data');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(near.bytesRead).toBeLessThan(sent.length / 2);
    expect(far.writableLength).toBeGreaterThan(0);
  });

  it('answers one that has ended its half, and tells of one that was cut', async () => {
    const [near, far] = await ends();
    near.resume();
    far.end('all');
    await once(near, 'end');
    near.end('answer');
    expect(String(await chunkOf(far))).toBe('answer');

    const [cut, cutter] = await ends();
    cut.resume();
    const failed = once(cut, 'error');
    cutter.resetAndDestroy();
    expect(await failed).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
  });
});

it('reads the pipe of a process as well', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)']);
  readLean(child.stdout);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const sent = 'é and a line\n'.repeat(200_000);
  child.stdin.end(sent);
  await once(child.stdout, 'end');
  expect(text).toBe(sent);
});

it('leaves a stream of another kind as it is', () => {
  expect(() => readLean({} as Readable)).not.toThrow();
});
