import type { MigrationInterface, QueryRunner } from 'typeorm';

export class BackgroundCalls1732149400000 implements MigrationInterface {
  readonly name = 'BackgroundCalls1732149400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE background_calls (
        id text PRIMARY KEY,
        state text NOT NULL,
        caller_id text NOT NULL,
        operation text NOT NULL,
        sealed_call text NOT NULL,
        repeatable boolean NOT NULL,
        attempt integer NOT NULL,
        losses integer NOT NULL,
        began boolean NOT NULL,
        due_at timestamptz(3) NOT NULL,
        approval text,
        sealed_checkpoint text,
        progress jsonb,
        cancelled boolean NOT NULL,
        sealed_outcome text,
        created_at timestamptz(3) NOT NULL,
        started_at timestamptz(3),
        ended_at timestamptz(3),
        expires_at timestamptz(3) NOT NULL
      )`);
    const open = `state IN ('waiting', 'running')`;
    await runner.query(`CREATE INDEX background_calls_due ON background_calls (due_at) WHERE ${open}`);
    await runner.query(`CREATE INDEX background_calls_open ON background_calls (caller_id) WHERE ${open}`);
    await runner.query('CREATE INDEX background_calls_expires ON background_calls (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE background_calls');
  }
}
