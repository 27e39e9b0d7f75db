import type { MigrationInterface, QueryRunner } from 'typeorm';

export class StoredResults1732147500000 implements MigrationInterface {
  readonly name = 'StoredResults1732147500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE stored_results (
        id text NOT NULL PRIMARY KEY,
        caller_id text NOT NULL,
        operation text NOT NULL,
        unit text NOT NULL,
        total integer NOT NULL,
        kept integer NOT NULL,
        source jsonb,
        bytes integer NOT NULL,
        data bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      )`);
    // compressed already
    await runner.query('ALTER TABLE stored_results ALTER COLUMN data SET STORAGE EXTERNAL');
    await runner.query('CREATE INDEX stored_results_caller ON stored_results (caller_id, created_at)');
    await runner.query('CREATE INDEX stored_results_expiry ON stored_results (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stored_results');
  }
}
