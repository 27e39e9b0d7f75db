import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SharedAlerts1732149600000 implements MigrationInterface {
  readonly name = 'SharedAlerts1732149600000';

  /** With a default, since a gateway of the version before may raise alerts meanwhile. */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE alerts ADD COLUMN also_seen_by text[] NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE alerts DROP COLUMN also_seen_by');
  }
}
