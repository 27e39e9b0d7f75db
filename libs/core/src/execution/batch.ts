/** Requests that come in one body: how many there may be, and how many of them run at a time. */
export const MAX_BATCH = 50;
const AT_ONCE = 8;

/** Does the work for each item, 8 at a time, and answers the results in the order of the items. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const takeTurns = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, takeTurns));
  return results;
}
