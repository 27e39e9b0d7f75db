import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TeamUsage1732148700000 implements MigrationInterface {
  readonly name = 'TeamUsage1732148700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX audit_lines_team ON audit_lines (team, time) WHERE team IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX audit_lines_team');
  }
}
