import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeptBackgroundCalls1732149500000 implements MigrationInterface {
  readonly name = 'KeptBackgroundCalls1732149500000';

  async up(runner: QueryRunner): Promise<void> {
    const open = `state IN ('waiting', 'running')`;
    await runner.query('ALTER TABLE background_calls ADD COLUMN call_digest text');
    await runner.query(`CREATE INDEX background_calls_alike ON background_calls (call_digest) WHERE ${open}`);
    await runner.query('CREATE INDEX background_calls_caller ON background_calls (caller_id)');
    await runner.query('DROP INDEX background_calls_open');
  }

  async down(runner: QueryRunner): Promise<void> {
    const open = `state IN ('waiting', 'running')`;
    await runner.query(`CREATE INDEX background_calls_open ON background_calls (caller_id) WHERE ${open}`);
    await runner.query('DROP INDEX background_calls_caller');
    await runner.query('ALTER TABLE background_calls DROP COLUMN call_digest');
  }
}
