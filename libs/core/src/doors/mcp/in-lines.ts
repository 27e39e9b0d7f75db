/**
 * Does the work for each item: of those in one line one after the other, and of several lines beside each other. Rejects as
 * soon as one does.
 */
export async function inLines<T>(
  items: readonly T[],
  lineOf: (item: T) => unknown,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const lines = new Map<unknown, T[]>();
  for (const item of items) {
    const line = lines.get(lineOf(item));
    if (line) line.push(item);
    else lines.set(lineOf(item), [item]);
  }
  await Promise.all(
    [...lines.values()].map(async (line) => {
      for (const item of line) await work(item);
    }),
  );
}
