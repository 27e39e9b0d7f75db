import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MetricPoints1732149200000 implements MigrationInterface {
  readonly name = 'MetricPoints1732149200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE metric_points (
        resolution integer NOT NULL,
        time timestamptz(3) NOT NULL,
        replica text NOT NULL,
        point jsonb NOT NULL,
        parts text[] NOT NULL,
        rolled_up boolean NOT NULL DEFAULT false,
        PRIMARY KEY (resolution, time, replica)
      )`);
    await runner.query(
      'CREATE INDEX metric_points_loose ON metric_points (time) WHERE resolution = 60 AND NOT rolled_up',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE metric_points');
  }
}
