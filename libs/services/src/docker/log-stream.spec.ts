import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logLines } from './log-stream.js';

function frame(stream: 1 | 2, text: Buffer | string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

const texts = (body: Buffer) => logLines(body, false).map(({ stream, text }) => `${stream} ${text}`);

describe('frames become lines', () => {
  it.each([
    ['none', [], []],
    ['one each', [frame(1, 'a\n'), frame(2, 'b\n')], ['stdout a', 'stderr b']],
    [
      'a line in two frames, with another stream between',
      [frame(1, 'a'), frame(2, 'x\n'), frame(1, 'b\n')],
      ['stderr x', 'stdout ab'],
    ],
    ['several lines in one', [frame(1, 'a\nb\r\n\nc\n')], ['stdout a', 'stdout b', 'stdout ', 'stdout c']],
    ['a last line that does not end', [frame(1, 'a\nb')], ['stdout a', 'stdout b']],
    [
      'a character in two frames',
      [frame(1, Buffer.from('ü').subarray(0, 1)), frame(1, Buffer.from('ü').subarray(1))],
      ['stdout ü'],
    ],
    ['a frame that is cut off', [frame(1, 'abc\n').subarray(0, 10)], ['stdout ab']],
    ['a header that is cut off', [frame(1, 'a\n'), Buffer.from([1, 0, 0])], ['stdout a']],
  ])('%s', (_what, frames, expected) => {
    expect(texts(Buffer.concat(frames))).toEqual(expected);
  });

  it('and a line that is too long ends early', () => {
    const [line] = logLines(frame(1, `${'x'.repeat(5_000)}\n`), false);
    expect(line?.text).toBe(`${'x'.repeat(4_000)}…`);
  });

  it('whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void logLines(Buffer.from(bytes), false)));
  });
});

it('what a terminal writes has no frames', () => {
  expect(logLines(Buffer.from('a\r\nb\r\n'), true).map(({ text }) => text)).toEqual(['a', 'b']);
});
