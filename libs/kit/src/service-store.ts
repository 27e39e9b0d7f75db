/** Runs one statement of PostgreSQL with values for `$1`, `$2`, …, and answers the rows that it gives. */
export interface Sql {
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Where a migration runs its statements. */
interface Statements {
  query(text: string): Promise<unknown>;
}

/**
 * One step in the life of a service's tables. Its class name ends in a 13-digit timestamp, by which all steps of the store
 * are ordered; one that has run is never changed. A backup can only be restored where `down` leaves nothing behind. It adds
 * what the version before can live with; the name of one that does not begins with `Breaking`.
 */
export interface StoreMigration {
  readonly name: string;
  up(sql: Statements): Promise<void>;
  down(sql: Statements): Promise<void>;
}

export type StoreMigrationClass = new () => StoreMigration;

/**
 * The gateway's own PostgreSQL store, for services that keep data there: they declare `migrations` for tables whose names
 * begin with the service's. Injectable by every service. Work rejects with a retryable `unavailable` while the store is away.
 */
export abstract class ServiceStore implements Sql {
  abstract query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;

  /** Runs `work` in one transaction; what it rejects with undoes all of it. */
  abstract transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;

  /** Why the store is away, safe to show; undefined while it is there. From memory, without waiting. */
  abstract problem(): string | undefined;
}
