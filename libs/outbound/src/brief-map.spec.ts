import { expect, it } from 'vitest';
import { BriefMap } from './brief-map.js';

/** Numbers that look random, the same in every run. */
function* dice(sides: number): Generator<number, never> {
  for (let seed = 1; ; seed = (seed * 48_271) % 2_147_483_647) yield seed % sides;
}

it('does what a Map does', () => {
  const [brief, map] = [new BriefMap<number | string, number>(), new Map<number | string, number>()];
  const rolls = dice(3 * 40);
  for (let step = 0; step < 5_000; step += 1) {
    const roll = rolls.next().value;
    const number = roll % 20;
    // an id that is a text is another than the number
    const key = roll % 40 < 20 ? number : String(number);
    if (roll < 40) expect(brief.delete(key)).toBe(map.delete(key));
    else {
      brief.set(key, step);
      map.set(key, step);
    }
    if (step % 1_000 === 999) {
      brief.clear();
      map.clear();
    }
    expect([brief.size, brief.has(key), brief.get(key)]).toEqual([map.size, map.has(key), map.get(key)]);
    expect([brief.keys(), brief.values()]).toEqual([[...map.keys()], [...map.values()]]);
  }
});

it('goes through what was there at first, whatever leaves meanwhile', () => {
  const brief = new BriefMap<string, string>();
  for (const name of ['a', 'b', 'c']) brief.set(name, name);
  const seen: string[] = [];
  for (const name of brief.values()) {
    brief.delete(name);
    seen.push(name);
  }
  expect([seen, brief.size]).toEqual([['a', 'b', 'c'], 0]);
});
