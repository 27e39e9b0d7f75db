import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Notices1732149300000 implements MigrationInterface {
  readonly name = 'Notices1732149300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE notices (
        id text PRIMARY KEY,
        target text NOT NULL,
        topic text NOT NULL,
        news text NOT NULL,
        body jsonb NOT NULL,
        created_at timestamptz(3) NOT NULL,
        next_at timestamptz(3) NOT NULL,
        state text NOT NULL,
        attempts integer NOT NULL,
        problem text,
        done_at timestamptz(3)
      )`);
    await runner.query(`CREATE INDEX notices_waiting ON notices (next_at) WHERE state = 'waiting'`);
    await runner.query('CREATE INDEX notices_topic ON notices (topic)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notices');
  }
}
