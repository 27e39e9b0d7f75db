import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IpBlocks1732148600000 implements MigrationInterface {
  readonly name = 'IpBlocks1732148600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ip_blocks (
        id uuid NOT NULL PRIMARY KEY,
        network text NOT NULL,
        reason text,
        expires_at timestamptz,
        created_by text,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ip_blocks');
  }
}
