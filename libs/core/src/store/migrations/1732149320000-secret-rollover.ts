import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SecretRollover1732149320000 implements MigrationInterface {
  readonly name = 'SecretRollover1732149320000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE known_secrets (
        replica text PRIMARY KEY,
        ids text[] NOT NULL,
        seen_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE redis_namespace (
        id boolean PRIMARY KEY DEFAULT true CHECK (id),
        name text NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE redis_namespace');
    await runner.query('DROP TABLE known_secrets');
  }
}
