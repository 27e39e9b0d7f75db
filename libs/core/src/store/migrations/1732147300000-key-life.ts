import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Limits, rotation and use of API keys, and by which pepper they were hashed. */
export class KeyLife1732147300000 implements MigrationInterface {
  readonly name = 'KeyLife1732147300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_keys
        ADD COLUMN limits jsonb,
        ADD COLUMN pepper_id text,
        ADD COLUMN retired_hash text,
        ADD COLUMN retired_pepper_id text,
        ADD COLUMN retired_until timestamptz,
        ADD COLUMN last_used_at timestamptz,
        ADD COLUMN use_count bigint NOT NULL DEFAULT 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_keys
        DROP COLUMN limits,
        DROP COLUMN pepper_id,
        DROP COLUMN retired_hash,
        DROP COLUMN retired_pepper_id,
        DROP COLUMN retired_until,
        DROP COLUMN last_used_at,
        DROP COLUMN use_count`);
  }
}
