import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RegisteredUpstreams1732148200000 implements MigrationInterface {
  readonly name = 'RegisteredUpstreams1732148200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE upstreams (
        name text NOT NULL PRIMARY KEY,
        target text NOT NULL,
        description text NOT NULL,
        enabled boolean NOT NULL,
        timeout_ms integer,
        overrides json NOT NULL,
        created_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE upstreams');
  }
}
