import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MatchReader } from './matches.js';

const output = Buffer.from(
  './a.ts\x002:6:foo bar\n./new\nline\x0010:123:x:1:y\n./b.bin\0binary file matches\n' +
    `./long\x001:0:${'ü'.repeat(5_000)}\n` +
    './late\x001:0:x\n./late: WARNING: stopped searching binary file after match (found "\\0" byte around offset 9)\n' +
    './after\x003:9:y\n',
);

const read = (chunks: Buffer[]) => {
  const reader = new MatchReader();
  return chunks
    .flatMap((chunk) => reader.read(chunk))
    .map((match) => ({ ...match, text: match.text.toString('latin1') }));
};

it('reads what ripgrep prints, and keeps the beginning of a long line', () => {
  expect(read([output])).toEqual([
    { path: './a.ts', line: 2, offset: 6, text: 'foo bar' },
    { path: './new\nline', line: 10, offset: 123, text: 'x:1:y' },
    { path: './long', line: 1, offset: 0, text: Buffer.from('ü'.repeat(1_022)).toString('latin1') },
    { path: './late', line: 1, offset: 0, text: 'x' },
    { path: './after', line: 3, offset: 9, text: 'y' },
  ]);
});

it('reads the same from chunks that end anywhere', () => {
  const expected = read([output]);
  const cuts = fc.array(fc.integer({ min: 0, max: output.length }), { maxLength: 10 });
  fc.assert(
    fc.property(cuts, (cuts) => {
      const ends = [0, ...cuts.sort((a, b) => a - b), output.length];
      expect(read(ends.slice(1).map((end, index) => output.subarray(ends[index], end)))).toEqual(expected);
    }),
  );
});
