import { expect, it } from 'vitest';
import { Gate } from './gate.js';

/** Work that says when it begins, and ends when it is told to. */
function steps() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      begun.push(name);
      ends.set(name, () => resolve(name));
    });
  return { begun, work, end: (name: string) => ends.get(name)?.() };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('lets one kind of work go on together and the other alone, in the order in which they come', async () => {
  const gate = new Gate();
  const { begun, work, end } = steps();
  const a = gate.withOthers(work('a'));
  const b = gate.withOthers(work('b'));
  const c = gate.byItself(work('c'));
  const d = gate.byItself(work('d'));
  const e = gate.withOthers(work('e'));
  await settled();
  expect(begun).toEqual(['a', 'b']);
  end('a');
  await a;
  await settled();
  expect(begun).toEqual(['a', 'b']);
  end('b');
  await b;
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
  end('c');
  await c;
  await settled();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  end('d');
  await d;
  await settled();
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
  end('e');
  expect(await e).toBe('e');
});

it('goes on after work that fails', async () => {
  const gate = new Gate();
  const failing = () => Promise.reject(new Error('broken'));
  const all = [gate.withOthers(failing), gate.byItself(failing), gate.withOthers(failing)];
  for (const one of all) await expect(one).rejects.toThrow('broken');
  expect(await gate.byItself(() => Promise.resolve('ran'))).toBe('ran');
});
