/** How to reach a database that the gateway's own PostgreSQL server holds. */
export interface EmbeddedDatabase {
  host: string;
  port: number;
  database: string;
  /** A role that may connect and read, nothing else. */
  user: string;
  password: string;
}

/**
 * The gateway's own PostgreSQL server, for services that bring a database along. Provided by the store; injectable by
 * every service.
 */
export abstract class EmbeddedDatabases {
  /** False where the gateway uses a server of the operator's (`DATABASE_URL`). */
  abstract readonly available: boolean;

  /**
   * Makes sure that a database exists, filled by `seed` (SQL, run once in one transaction as the database's owner), and
   * answers how to read it. Rejects with an OperationError when the server is not up.
   */
  abstract provide(name: string, seed: string): Promise<EmbeddedDatabase>;
}
