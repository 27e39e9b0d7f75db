import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ApiKeys1732147200000 implements MigrationInterface {
  readonly name = 'ApiKeys1732147200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_keys (
        id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
        name text NOT NULL,
        hash text NOT NULL UNIQUE,
        prefix text NOT NULL,
        permissions text[] NOT NULL,
        owner text,
        team text,
        allowed_networks text[],
        expires_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE api_keys');
  }
}
