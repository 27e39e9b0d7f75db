import { isExpired, type KeyRecord } from './key-record.js';

/** Ids of the keys that were taken before and are taken no longer: deleted, replaced or expired meanwhile. */
export function endedBetween(before: readonly KeyRecord[], after: readonly KeyRecord[]): string[] {
  const now = new Map(after.map((record) => [record.id, record]));
  return before
    .filter((record) => !record.fromEnvironment && !isExpired(record))
    .filter((record) => {
      const same = now.get(record.id);
      return !same || isExpired(same) || isReplaced(record, same) || endedEarly(record, same);
    })
    .map(({ id }) => id);
}

/** Under another pepper the hash is another one, of the same key. */
function isReplaced(before: KeyRecord, { hash, pepperId, retired }: KeyRecord): boolean {
  return pepperId === before.pepperId && hash !== before.hash && retired?.hash !== before.hash;
}

/** The overlap of a rotation was ended by somebody. */
function endedEarly(before: KeyRecord, { hash, retired }: KeyRecord): boolean {
  return (
    hash === before.hash && !retired && before.retired !== undefined && before.retired.until.getTime() > Date.now()
  );
}
