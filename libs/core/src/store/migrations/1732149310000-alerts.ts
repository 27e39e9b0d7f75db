import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Alerts1732149310000 implements MigrationInterface {
  readonly name = 'Alerts1732149310000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE alerts (
        id text PRIMARY KEY,
        rule text NOT NULL,
        subject text,
        replica text NOT NULL,
        state text NOT NULL,
        severity text NOT NULL,
        message text NOT NULL,
        value double precision NOT NULL,
        threshold double precision NOT NULL,
        raised_at timestamptz(3) NOT NULL,
        resolved_at timestamptz(3),
        acknowledged_at timestamptz(3),
        acknowledged_by text,
        silenced_until timestamptz(3),
        silenced_by text
      )`);
    await runner.query('CREATE INDEX alerts_raised ON alerts (raised_at, id)');
    await runner.query(`CREATE INDEX alerts_open ON alerts (replica) WHERE state = 'raised'`);
    await runner.query('CREATE INDEX alerts_rule ON alerts (rule, subject, silenced_until)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE alerts');
  }
}
