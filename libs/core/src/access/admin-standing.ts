import { conflict } from '../errors/protocol-error.js';
import type { KeyPeppers } from './key-peppers.js';
import { adminStanding, isTakenFrom, type KeyRecord } from './key-record.js';
import type { Origin } from './request-facts.js';

/** Who asks for a change, and from where. */
export interface Changer {
  readonly id: string;
  readonly origin: Pick<Origin, 'address' | 'direct'>;
}

/** Which of the keys let an admin in, and for how long; sees to it that one is left. */
export class AdminStanding {
  constructor(
    private readonly peppers: KeyPeppers,
    private readonly all: () => readonly KeyRecord[],
  ) {}

  /** As of `adminStanding`; nothing, for a key that nobody can present any more. */
  of(record: KeyRecord): number {
    return this.peppers.knows(record.pepperId) ? adminStanding(record) : 0;
  }

  /** Of all keys, or of all but one. */
  best(withoutId?: string): number {
    return Math.max(0, ...this.all().map((record) => (record.id === withoutId ? 0 : this.of(record))));
  }

  /** Throws a conflict where a change would take the key of whoever makes it no more from there, or leave too little. */
  keepChanged(before: KeyRecord, after: KeyRecord, { id, origin }: Changer): void {
    const shutOut = isTakenFrom(before, origin) && !isTakenFrom(after, origin);
    if (shutOut && before.id === id) {
      throw conflict('allowedNetworks would not hold the address from which this request comes, and lock you out');
    }
    this.keep(before, shutOut ? 0 : this.of(after), 'change');
  }

  /** Throws a conflict where a key is to be left with less: one that lasts is not given up for one that expires. */
  keep(before: KeyRecord, standing: number, what: string): void {
    const needed = this.of(before);
    if (standing >= needed || this.best(before.id) >= needed) return;
    throw conflict(`This ${what} would leave no admin key that lasts as long; create another one first`);
  }
}
