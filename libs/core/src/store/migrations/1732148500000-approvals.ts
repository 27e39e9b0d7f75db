import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Approvals1732148500000 implements MigrationInterface {
  readonly name = 'Approvals1732148500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE approvals (
        id text PRIMARY KEY,
        state text NOT NULL,
        caller_id text NOT NULL,
        asker jsonb NOT NULL,
        door text NOT NULL,
        request_id text NOT NULL,
        operation text NOT NULL,
        sealed_arguments text NOT NULL,
        touches text[] NOT NULL,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        decided_at timestamptz(3),
        decided_by jsonb,
        note text,
        runs_until timestamptz(3),
        sealed_outcome text
      )`);
    await runner.query('CREATE INDEX approvals_created ON approvals (created_at, id)');
    await runner.query(
      `CREATE INDEX approvals_open ON approvals (caller_id) WHERE state IN ('pending', 'approved', 'running')`,
    );
    await runner.query('CREATE INDEX approvals_expires ON approvals (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE approvals');
  }
}
