import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Configuration1732147600000 implements MigrationInterface {
  readonly name = 'Configuration1732147600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE config_values (key text NOT NULL PRIMARY KEY, value text NOT NULL)');
    await runner.query(`
      CREATE TABLE config_changes (
        version integer NOT NULL PRIMARY KEY,
        time timestamptz NOT NULL,
        caller_id text NOT NULL,
        caller_subject text NOT NULL,
        request_id text NOT NULL,
        changes jsonb NOT NULL,
        before jsonb NOT NULL,
        undoes integer
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE config_changes');
    await runner.query('DROP TABLE config_values');
  }
}
