import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Upstreams1732148100000 implements MigrationInterface {
  readonly name = 'Upstreams1732148100000';

  /** `json` and not `jsonb`: definitions keep their order, and may hold characters that `jsonb` has no place for. */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE upstream_tools (
        upstream text NOT NULL,
        tool text NOT NULL,
        hash text NOT NULL,
        approved json NOT NULL,
        pending json,
        listed boolean NOT NULL,
        asks boolean NOT NULL,
        first_seen_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        CONSTRAINT upstream_tools_pkey PRIMARY KEY (upstream, tool)
      )`);
    await runner.query(`
      CREATE TABLE upstream_offers (
        upstream text NOT NULL PRIMARY KEY,
        offer json NOT NULL,
        seen_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE upstream_offers');
    await runner.query('DROP TABLE upstream_tools');
  }
}
