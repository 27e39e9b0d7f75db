import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Toolsets1732147710000 implements MigrationInterface {
  readonly name = 'Toolsets1732147710000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE toolsets (
        name text NOT NULL PRIMARY KEY,
        tools text[] NOT NULL,
        description text,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE toolsets');
  }
}
