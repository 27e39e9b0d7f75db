import type { MigrationInterface, QueryRunner } from 'typeorm';

export class UpstreamGrants1732148300000 implements MigrationInterface {
  readonly name = 'UpstreamGrants1732148300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE upstream_grants (
        upstream text NOT NULL,
        caller_id text NOT NULL,
        sealed text NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (upstream, caller_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE upstream_grants');
  }
}
