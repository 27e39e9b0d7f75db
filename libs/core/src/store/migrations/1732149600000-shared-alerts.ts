import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SharedAlerts1732149600000 implements MigrationInterface {
  readonly name = 'SharedAlerts1732149600000';

  /** With a default, since a gateway of the version before may raise alerts meanwhile. */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE alerts ADD COLUMN also_seen_by text[] NOT NULL DEFAULT '{}', ADD COLUMN joined_at timestamptz(3)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE alerts DROP COLUMN joined_at, DROP COLUMN also_seen_by');
  }
}
