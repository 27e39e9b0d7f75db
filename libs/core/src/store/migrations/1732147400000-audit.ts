import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Audit1732147400000 implements MigrationInterface {
  readonly name = 'Audit1732147400000';

  async up(runner: QueryRunner): Promise<void> {
    // arguments are text: what was hashed is kept to the letter
    await runner.query(`
      CREATE TABLE audit_lines (
        replica text NOT NULL,
        seq bigint NOT NULL,
        hash text NOT NULL,
        time timestamptz NOT NULL,
        request_id text NOT NULL,
        caller text NOT NULL,
        caller_kind text NOT NULL,
        caller_subject text NOT NULL,
        on_behalf_of text,
        owner text,
        team text,
        door text NOT NULL,
        address text NOT NULL,
        service text NOT NULL,
        operation text NOT NULL,
        arguments text NOT NULL,
        outcome text NOT NULL,
        error_kind text,
        duration_ms double precision NOT NULL,
        bytes bigint NOT NULL,
        tokens bigint NOT NULL,
        PRIMARY KEY (replica, seq)
      )`);
    await runner.query('CREATE INDEX audit_lines_time ON audit_lines (time, replica, seq)');
    await runner.query('CREATE INDEX audit_lines_request ON audit_lines (request_id)');
    await runner.query('CREATE INDEX audit_lines_caller ON audit_lines (caller, time, replica, seq)');
    await runner.query(`
      CREATE TABLE audit_checkpoints (
        replica text NOT NULL,
        kind text NOT NULL,
        number bigint NOT NULL,
        seq bigint NOT NULL,
        hash text NOT NULL,
        key_id text NOT NULL,
        signature text NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (replica, kind, number)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_checkpoints');
    await runner.query('DROP TABLE audit_lines');
  }
}
