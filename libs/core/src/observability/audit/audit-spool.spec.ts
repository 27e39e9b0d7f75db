import { pbkdf2 } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { canonicalText, FIRST_HASH, nextHash } from './audit-line.js';
import { AuditSpool } from './audit-spool.js';
import { SpoolDisk } from './spool-disk.js';
import { SpoolReader } from './spool-reader.js';

/** A disk that is full, or broken, when a test says so. */
class FaultyDisk extends SpoolDisk {
  writes = 0;
  /** Bytes that are left; the reserve gives back its own. */
  left = Infinity;
  broken = false;

  override append(file: number, data: Buffer, sizeBefore: number): void {
    this.writes += 1;
    if (this.broken) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
    if (data.length > this.left) {
      // as write(2) does: some of it goes in before the disk is full
      super.append(file, data.subarray(0, this.left), sizeBefore);
      truncateSync(`/proc/self/fd/${file}`, sizeBefore);
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    }
    this.left -= data.length;
    super.append(file, data, sizeBefore);
  }

  override giveUpReserve(path: string): boolean {
    const was = super.giveUpReserve(path);
    if (was) this.left += 2 ** 20;
    return was;
  }
}

const limits = { fsync: false, spoolMaxBytes: 64 * 2 ** 20 };
const SOON = { timeout: 5_000, interval: 20 };

let directory: string;
let disk: FaultyDisk;
let open: AuditSpool[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spool-'));
  disk = new FaultyDisk();
});
afterEach(() => {
  for (const spool of open) spool.close();
  open = [];
  rmSync(directory, { recursive: true, force: true });
});

function start(more: Partial<typeof limits> = {}): AuditSpool {
  const spool = new AuditSpool(directory, { ...limits, ...more }, disk);
  spool.open();
  open.push(spool);
  return spool;
}

/** As after `kill -9`: nothing is closed or written any more. */
function crash(): void {
  for (const spool of open) vi.spyOn(spool as any, 'flush').mockImplementation(() => undefined);
}

const append = (spool: AuditSpool, ...names: string[]) =>
  Promise.all(names.map((name) => spool.append(`"call":"${name}"`)));
const files = () =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();

/** Files of the spool that this process has open. */
const openFiles = () =>
  readdirSync('/proc/self/fd').filter((file) => linkOf(`/proc/self/fd/${file}`).startsWith(directory)).length;

function linkOf(path: string): string {
  // the directory that is read here is one of them, and gone by now
  return existsSync(path) ? readlinkSync(path) : '';
}

/** For long enough that what else asks for a thread, such as a sync, has to wait for one. */
function keepThreadsBusy(): void {
  for (let n = 0; n < 8; n += 1) pbkdf2('a', 'b', 100_000, 64, 'sha512', () => undefined);
}

/** What a shipper would get, without taking it. */
async function lines(spool: AuditSpool): Promise<{ replica: string; seq: number; hash: string; body: string }[]> {
  const reader = new SpoolReader(spool);
  const { dropOldest } = spool;
  const found = [];
  const backlog = spool.backlogBytes;
  const segments = [...spool.segments];
  spool.dropOldest = () => void spool.segments.shift();
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    found.push(...batch.lines);
    reader.done(batch);
  }
  spool.segments.splice(0, Infinity, ...segments);
  spool.backlogBytes = backlog;
  spool.dropOldest = dropOldest;
  return found;
}

/** The numbers of all that a shipper gets, once it has been seen that one array says the same as the single lines. */
async function seqsOfAll(spool: AuditSpool): Promise<number[]> {
  const reader = new SpoolReader(spool);
  const seqs: number[] = [];
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    const told = (JSON.parse(batch.json.toString()) as { seq: number }[]).map(({ seq }) => seq);
    expect(batch.lines.map(({ seq }) => seq)).toEqual(told);
    expect([batch.firstSeq, batch.last?.seq]).toEqual([told[0], told.at(-1)]);
    seqs.push(...told);
    reader.done(batch);
  }
  return seqs;
}

/** Names of the calls, after checking that they are one chain from its beginning. */
async function calls(spool: AuditSpool): Promise<string[]> {
  const found = await lines(spool);
  let hash = FIRST_HASH;
  for (const [index, line] of found.entries()) {
    hash = nextHash(hash, canonicalText(line.replica, index + 1, line.body));
    expect([line.seq, line.hash]).toEqual([index + 1, hash]);
  }
  return found.map(({ body }) => (JSON.parse(`{${body}}`) as { call: string }).call);
}

describe('a line', () => {
  it('is in its file when append resolves, and all lines of a turn are one write', async () => {
    const spool = start();
    const before = disk.writes;
    await append(spool, 'a', 'b', 'c');
    expect(disk.writes - before).toBe(1);
    expect(readFileSync(join(directory, files()[0]!), 'utf8').split('\n')).toHaveLength(5);
    expect(await calls(spool)).toEqual(['a', 'b', 'c']);
  });

  it('goes on in the same chain after a crash', async () => {
    const first = start();
    await append(first, 'a', 'b');
    crash();
    const second = start();
    await append(second, 'c');
    crash();
    const third = start();
    await append(third, 'd');
    expect(await calls(third)).toEqual(['a', 'b', 'c', 'd']);
    expect(readFileSync(join(directory, 'replica'), 'utf8').trim()).toBe(first.replica);
    expect(third.replica).toBe(first.replica);
  });

  it('resolves after the disk has it with fsync', async () => {
    const spool = start({ fsync: true });
    const synced = vi.spyOn(disk, 'sync');
    await append(spool, 'a');
    expect(synced).toHaveBeenCalledTimes(1);
  });

  it('is synced in a full segment too, and in a spool that is closed', async () => {
    const spool = start({ fsync: true, spoolMaxBytes: 8_000 });
    const before = openFiles();
    keepThreadsBusy();
    const kept: Promise<unknown>[] = [];
    for (let n = 0; n < 30; n += 1) {
      kept.push(append(spool, `call ${n}`));
      await turn();
    }
    expect(files().length).toBeGreaterThan(3);
    spool.close();
    await Promise.all(kept);
    expect(() => spool.requireRoom()).not.toThrow();
    await vi.waitFor(() => expect(openFiles()).toEqual(before - 1), SOON);
  });
});

describe('what a crash leaves', () => {
  it.each([
    ['a torn line', '{"hash":"abc'],
    ['zeros', '\0'.repeat(100)],
    ['half of a character', Buffer.from([0xc3])],
  ])('as a torn end is passed over: %s', async (_what, torn) => {
    const first = start();
    await append(first, 'a', 'b');
    crash();
    appendFileSync(join(directory, files()[0]!), torn);
    const second = start();
    await append(second, 'c');
    expect(await calls(second)).toEqual(['a', 'b', 'c']);
  });

  it('as a file without its header is passed over', async () => {
    const first = start();
    await append(first, 'a');
    crash();
    writeFileSync(join(directory, '0000000002.jsonl'), '{"segm');
    const second = start();
    await append(second, 'b');
    expect(await calls(second)).toEqual(['a', 'b']);
  });

  it.each(['\u2028', '\u2029', '\u0085', '}'])('is none of what a call’s own text holds: %j', async (text) => {
    const first = start();
    await append(first, text);
    crash();
    const second = start();
    expect(second.replica).toBe(first.replica);
    expect(await calls(second)).toEqual([text]);
  });

  it('as a last line that is damaged begins a new chain', async () => {
    const first = start();
    await append(first, 'a');
    crash();
    appendFileSync(join(directory, files()[0]!), 'nonsense\n');
    const second = start();
    expect(second.replica).not.toBe(first.replica);
    await append(second, 'b');
    expect((await lines(second)).map(({ replica, seq }) => [replica, seq])).toEqual([
      [first.replica, 1],
      [second.replica, 1],
    ]);
  });
});

describe('what somebody wrote into a file', () => {
  it('that is no UTF-8 costs no line after it', async () => {
    const first = start();
    await append(first, 'a');
    crash();
    const path = join(directory, files()[0]!);
    const [header, line] = readFileSync(path, 'utf8').split('\n');
    const second = start();
    await append(second, 'b');
    crash();
    // each such byte is three when it is decoded and encoded again
    const damage = Buffer.alloc(200, 0xff);
    writeFileSync(path, Buffer.concat([Buffer.from(`${header}\n`), damage, Buffer.from(`\n${line}\n`)]));
    const third = start();
    await append(third, 'c');
    expect(await calls(third)).toEqual(['a', 'b', 'c']);
    expect(third.replica).toBe(first.replica);
    // in the last file too
    writeFileSync(join(directory, files().at(-1)!), damage, { flag: 'a' });
    appendFileSync(join(directory, files().at(-1)!), '\n');
    crash();
    const fourth = start();
    expect(fourth.replica).not.toBe(first.replica);
    expect((await lines(fourth)).map(({ body }) => body)).toEqual(['a', 'b', 'c'].map((name) => `"call":"${name}"`));
  });

  it('over a header once more is kept beside the one before, though the number is the same', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const kept: string[] = [];
    const own = () => files().filter((name) => !name.startsWith('damaged-'));
    for (const name of ['a', 'b']) {
      await append(start(), name);
      crash();
      const file = own().at(-1)!;
      const text = readFileSync(join(directory, file), 'utf8').replace('{"segment"', '{"segmnt"');
      writeFileSync(join(directory, file), text);
      kept.push(text);
      start();
      crash();
      for (const left of own()) rmSync(join(directory, left));
    }
    const damaged = readdirSync(directory).filter((name) => name.startsWith('damaged-'));
    expect(damaged.map((name) => readFileSync(join(directory, name), 'utf8')).sort()).toEqual(kept.sort());
    logged.mockRestore();
  });

  it.each(['earlier', 'last'])('over the header of the %s one is kept with its lines, and told', async (which) => {
    const first = start();
    await append(first, 'a');
    crash();
    await append(start(), 'b');
    crash();
    const damaged = which === 'last' ? files().at(-1)! : files()[0]!;
    const path = join(directory, damaged);
    const text = readFileSync(path, 'utf8').replace('{"segment"', '{"segmnt"');
    writeFileSync(path, text);
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const third = start();
    expect(readFileSync(join(directory, `damaged-${damaged}`), 'utf8')).toBe(text);
    expect(logged).toHaveBeenCalledWith(expect.stringContaining(`kept in damaged-${damaged}`));
    logged.mockRestore();
    // where a chain stands is known by its last file alone
    expect(third.replica === first.replica).toBe(which === 'earlier');
    await append(third, 'c');
    expect((await lines(third)).map(({ body }) => body)).toEqual(
      [which === 'earlier' ? 'b' : 'a', 'c'].map((name) => `"call":"${name}"`),
    );
  });
});

describe('segments', () => {
  it('follow each other when they are full, and are deleted when they are read', async () => {
    const spool = start({ spoolMaxBytes: 8_000 });
    for (let n = 0; n < 30; n += 1) await append(spool, `call ${n}`);
    expect(files().length).toBeGreaterThan(3);
    const reader = new SpoolReader(spool);
    const seqs = [];
    for (let batch = await reader.next(); batch; batch = await reader.next()) {
      seqs.push(...batch.lines.map(({ seq }) => seq));
      reader.done(batch);
    }
    expect(seqs).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
    expect([files().length, spool.backlogBytes]).toEqual([1, 0]);
    await append(spool, 'last');
    crash();
    expect((await lines(start())).at(-1)).toMatchObject({ seq: 31, replica: spool.replica });
  });

  it('that are read keep the place of the chain for the next start', async () => {
    const spool = start();
    await append(spool, 'a', 'b');
    const reader = new SpoolReader(spool);
    reader.done((await reader.next())!);
    crash();
    const second = start();
    await append(second, 'c');
    expect((await lines(second)).at(-1)).toMatchObject({ seq: 3, replica: spool.replica });
  });

  it('are not read again while they are remembered', async () => {
    const spool = start();
    await append(spool, 'a', 'b');
    await append(spool, 'c');
    truncateSync(join(directory, files()[0]!), spool.segments[0]!.start);
    expect(await seqsOfAll(spool)).toEqual([1, 2, 3]);
  });

  it('are all there when more waits than is remembered', async () => {
    const spool = start();
    for (let n = 0; n < 100; n += 1) await append(spool, 'x'.repeat(60_000), 'y');
    expect(await seqsOfAll(spool)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
  });

  it('are never read beyond what is written', async () => {
    const spool = start();
    const reader = new SpoolReader(spool);
    expect(await reader.next()).toBeUndefined();
    void append(spool, 'a');
    expect(await reader.next()).toBeUndefined();
    await turn();
    expect((await reader.next())?.lines.map(({ seq }) => seq)).toEqual([1]);
  });
});

describe('a full disk', () => {
  it('still takes the lines of calls in flight, refuses new calls, and heals by itself', async () => {
    const spool = start();
    disk.left = 10;
    await append(spool, 'in flight');
    expect(() => spool.requireRoom()).toThrow(
      expect.objectContaining({ kind: 'unavailable', details: { retryable: true, retryAfterMs: 1_000 } }),
    );
    expect([spool.usage, readdirSync(directory).includes('reserve')]).toEqual([1, false]);
    await append(spool, 'also in flight');
    disk.left = Infinity;
    await vi.waitFor(() => spool.requireRoom(), SOON);
    expect(statSync(join(directory, 'reserve')).size).toBe(2 ** 20);
    await append(spool, 'after');
    expect(await calls(spool)).toEqual(['in flight', 'also in flight', 'after']);
  });

  it('keeps lines that don’t fit, holds their answers back, and writes them when there is room', async () => {
    const spool = start();
    disk.broken = true;
    const held = append(spool, 'a');
    await turn();
    expect(() => spool.requireRoom()).toThrow(/can't record calls now/);
    disk.broken = false;
    await held;
    expect(() => spool.requireRoom()).not.toThrow();
    expect(await calls(spool)).toEqual(['a']);
  });

  it('lets no answer leave that is recorded too late, and loses no line', async () => {
    const spool = start();
    disk.broken = true;
    await expect(append(spool, 'a')).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: false } });
    disk.broken = false;
    await vi.waitFor(() => spool.requireRoom(), SOON);
    await append(spool, 'b');
    expect(await calls(spool)).toEqual(['a', 'b']);
  });

  it('by its own budget refuses new calls until the store has taken lines', async () => {
    const spool = start({ spoolMaxBytes: 1_000 });
    const warned = vi.spyOn((spool as any).logger, 'warn');
    while (spool.usage < 0.8) await append(spool, 'x'.repeat(50));
    expect(() => spool.requireRoom()).not.toThrow();
    await vi.waitFor(() => expect(warned).toHaveBeenCalledWith(expect.stringMatching(/spool is \d+ % full/)), SOON);
    while (spool.usage < 1) await append(spool, 'x'.repeat(50));
    expect(() => spool.requireRoom()).toThrow(/too much of it waits for the store/);
    const reader = new SpoolReader(spool);
    for (let batch = await reader.next(); batch; batch = await reader.next()) reader.done(batch);
    expect(() => spool.requireRoom()).not.toThrow();
  });
});

it('a chain that can’t begin leaves the one before as it is', async () => {
  const spool = start();
  await append(spool, 'a');
  const { replica } = spool;
  disk.left = 10;
  expect(() => spool.beginChain()).toThrow('no space');
  expect([spool.replica, spool.written.replica]).toEqual([replica, replica]);
  disk.left = Infinity;
  await append(spool, 'b');
  expect(await calls(spool)).toEqual(['a', 'b']);
  spool.beginChain();
  expect(spool.replica).not.toBe(replica);
});

it('a closed spool takes no line', async () => {
  const spool = start();
  spool.close();
  await expect(append(spool, 'a')).rejects.toMatchObject({ kind: 'unavailable' });
});
