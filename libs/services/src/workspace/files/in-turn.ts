import type { NameInside } from '../roots/name-inside.js';

/** The last work on each file that is being changed, by its directory and its name in that. */
const last = new Map<string, Promise<unknown>>();

/** Changes of one file wait for each other: each goes by what the one before has left. */
export async function inTurn<T>({ directory, at }: NameInside, work: () => Promise<T>): Promise<T> {
  const { dev, ino } = directory.found.stats;
  const key = `${dev}:${ino}/${at.slice(at.lastIndexOf('/') + 1)}`;
  const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
  const over = turn.catch(() => undefined);
  last.set(key, over);
  try {
    return await turn;
  } finally {
    if (last.get(key) === over) last.delete(key);
  }
}
