import { describe, expect, it } from 'vitest';
import { plainLines } from './plain-lines.js';

const line = (seq: number, text = 'a', replica = 'r1') =>
  `{"hash":"${String(seq).padStart(64, '0')}","replica":"${replica}","seq":${seq},"text":${JSON.stringify(text)}}\n`;
const read = (...lines: string[]) => plainLines(Buffer.from(lines.join('')), 'r1', 500);

describe('plainLines', () => {
  it('are a JSON array, with the first and the last', () => {
    const texts = [line(7), line(8, 'zwölf 🙂 \u2028 \n'), line(9, ',]')];
    const lines = read(...texts);
    expect(JSON.parse(String(lines?.json))).toStrictEqual(texts.map((text) => JSON.parse(text) as unknown));
    expect(lines).toMatchObject({ first: { seq: 7 }, last: { seq: 9 }, bytes: Buffer.byteLength(texts.join('')) });
  });

  it('are no more than were asked for', () => {
    const texts = [line(1), line(2), line(3)];
    const lines = plainLines(Buffer.from(texts.join('')), 'r1', 2);
    expect(JSON.parse(String(lines?.json))).toHaveLength(2);
    expect(lines).toMatchObject({ first: { seq: 1 }, last: { seq: 2 }, bytes: line(1).length + line(2).length });
  });

  it.each([
    ['a line is missing', [line(1), line(3)]],
    ['a line stands twice', [line(1), line(1), line(2)]],
    ['they are in another order', [line(2), line(1)]],
    ['one is of another chain', [line(1), line(2, 'a', 'r2'), line(3)]],
    ['one is no line', [line(1), 'what?\n', line(3)]],
    ['one is empty', [line(1), '\n', line(3)]],
    ['the first is no line', ['x'.repeat(200) + '\n', line(2)]],
    ['the last is torn', [line(1), line(2).slice(0, 90)]],
    ['a replica’s name begins as theirs', [line(1, 'a', 'r11')]],
  ])('are none where %s', (_, texts) => {
    expect(read(...texts)).toBeUndefined();
  });
});
