import type { MigrationInterface, QueryRunner } from 'typeorm';

export class GrantTurns1732149730000 implements MigrationInterface {
  readonly name = 'GrantTurns1732149730000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE upstream_grants ADD COLUMN taken_by text, ADD COLUMN taken_until timestamptz(3)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE upstream_grants DROP COLUMN taken_until, DROP COLUMN taken_by');
  }
}
