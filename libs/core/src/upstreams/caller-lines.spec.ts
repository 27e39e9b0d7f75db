import { expect, it } from 'vitest';
import { CallerLines } from './caller-lines.js';
import type { SharedLine } from './shared-line.js';

/** Lines as they are found, and which callers were forgotten. */
function thousand(state: { connection?: object; isBusy: boolean }) {
  const forgotten: string[] = [];
  const made = new Map<string, { isStopped: boolean }>();
  const lines = new CallerLines(
    (callerId) => {
      const line = {
        ...{ isStopped: false, isOpening: false, ...state },
        allow: () => undefined,
        stop() {
          this.isStopped = true;
          return Promise.resolve();
        },
      };
      made.set(callerId, line);
      return line as unknown as SharedLine;
    },
    (callerId) => forgotten.push(callerId),
  );
  for (let n = 0; n < 1_000; n += 1) lines.of(`caller ${n}`);
  return { lines, made, forgotten };
}

it.each([{ isBusy: false }, { isBusy: false, connection: {} }])(
  'of one caller too many takes the place of the first of those that are %j',
  (state) => {
    const { lines, made, forgotten } = thousand(state);
    lines.of('another');
    expect(forgotten).toEqual(['caller 0']);
    expect([made.get('caller 0')?.isStopped, made.get('another')?.isStopped]).toEqual([true, false]);
  },
);

it('of one caller too many is refused for now where all have calls under way', () => {
  const { lines, forgotten } = thousand({ isBusy: true, connection: {} });
  expect(() => lines.of('another')).toThrow(expect.objectContaining({ kind: 'limited' }));
  expect(forgotten).toEqual([]);
});
