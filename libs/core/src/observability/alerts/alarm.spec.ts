import { describe, expect, it } from 'vitest';
import { Alarm } from './alarm.js';

const signs = { raised: 'R', resolved: 'S' };
const patience = { raiseAfterMs: 30, resolveAfterMs: 60 };

/** What an alarm says to a condition over time: `x` where it holds, one sign for each 10 ms. */
function hear(condition: string, { raiseAfterMs, resolveAfterMs } = patience): string {
  const alarm = new Alarm();
  const said = [...condition].map((sign, i) => alarm.look(sign === 'x', i * 10, { raiseAfterMs, resolveAfterMs }));
  return said.map((change) => (change === undefined ? '-' : signs[change])).join('');
}

describe('an alarm', () => {
  it.each([
    ['is raised once, when the condition has held for long enough', 'xxxxxxxx', '---R----'],
    ['is not raised by what is over sooner', 'xxx-xxx-xxx', '-----------'],
    ['begins anew after each pause', 'xx-xxxx', '------R'],
    ['is resolved once, when it has been quiet for long enough', 'xxxx----------', '---R------S---'],
    ['stays raised through pauses that are too short', 'xxxx---x---x-------', '---R--------------S'],
    ['can be raised again', 'xxxx-------xxxx', '---R------S---R'],
  ])('%s', (_what, condition, said) => {
    expect(hear(condition)).toBe(said);
  });

  it('without patience says at once what it sees', () => {
    expect(hear('-x-x', { raiseAfterMs: 0, resolveAfterMs: 0 })).toBe('-RSR');
  });
});
