import { expect, it } from 'vitest';
import { JsonArray, RecentLines } from './recent-lines.js';

const MIB = 2 ** 20;

/** Writes to one segment, each of one line. */
class Spool {
  readonly recent = new RecentLines();
  size = 0;
  private seq = 0;

  write(length: number): void {
    this.seq += 1;
    const bytes = Buffer.from(`${String(this.seq).padEnd(length - 1, ' ')}\n`);
    const last = { replica: 'a', seq: this.seq, hash: '' };
    this.recent.add({ segment: 1, offset: this.size, bytes, firstSeq: this.seq, last, at: 0 });
    bytes.fill('?');
    this.size += length;
  }
}

it.each([100, 3_000, 100_000, 300_000])(
  'gives what was written, while memory is used again: %i bytes at once',
  (length) => {
    const spool = new Spool();
    const json = new JsonArray();
    let taken = 0;
    let seq = 0;
    for (let i = 0; i < 300; i += 1) {
      spool.write(length);
      if (i % 7 !== 0) continue;
      for (let batch = spool.recent.from(1, taken); batch.length > 0; batch = spool.recent.from(1, taken)) {
        const lines = JSON.parse(json.of(batch).toString()) as number[];
        expect(lines).toEqual(batch.map((_, n) => seq + n + 1));
        seq += lines.length;
        taken += lines.length * length;
        spool.recent.dropBefore(1, taken);
      }
    }
    expect(seq).toBe(295);
  },
);

it('keeps no more than 4 MiB, and leaves what was given of it as it was', () => {
  const spool = new Spool();
  spool.write(1_000);
  const given = spool.recent.from(1, 0);
  while (spool.size < 9 * MIB) spool.write(100_000);
  expect(spool.recent.from(1, 0)).toEqual([]);
  expect(JSON.parse(new JsonArray().of(given).toString())).toEqual([1]);
});

it('writes one array over the other, and not over one that was left to who has it', () => {
  const spool = new Spool();
  for (let i = 0; i < 3; i += 1) spool.write(10);
  const json = new JsonArray();
  const [first] = [json.of(spool.recent.from(1, 0)), json.of(spool.recent.from(1, 10))];
  expect(JSON.parse(first.toString('utf8', 0, 22))).toEqual([2, 3]);
  const kept = json.of(spool.recent.from(1, 0));
  json.leave();
  json.of(spool.recent.from(1, 10));
  expect(JSON.parse(kept.toString())).toEqual([1, 2, 3]);
});
