import type { NameInside } from '../roots/name-inside.js';

/** The last work on each file that is being changed, by its directory and its name in that. */
const last = new Map<string, Promise<unknown>>();

/** Changes of one file wait for each other: each goes by what the one before has left. */
export function inTurn<T>(name: NameInside, work: () => Promise<T>): Promise<T> {
  return inTurnOf(keyOf(name), work);
}

/** As `inTurn`, for a change of two files. */
export function inTurnOfBoth<T>(one: NameInside, other: NameInside, work: () => Promise<T>): Promise<T> {
  // in one order for all, so that no two wait for each other
  const [first, second] = [keyOf(one), keyOf(other)].sort() as [string, string];
  return inTurnOf(first, first === second ? work : () => inTurnOf(second, work));
}

async function inTurnOf<T>(key: string, work: () => Promise<T>): Promise<T> {
  const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
  const over = turn.catch(() => undefined);
  last.set(key, over);
  try {
    return await turn;
  } finally {
    if (last.get(key) === over) last.delete(key);
  }
}

function keyOf({ directory, at }: NameInside): string {
  const { dev, ino } = directory.found.stats;
  return `${dev}:${ino}/${at.slice(at.lastIndexOf('/') + 1)}`;
}
