import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AuditDeliveries1732149000000 implements MigrationInterface {
  readonly name = 'AuditDeliveries1732149000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_deliveries (
        sink text NOT NULL,
        replica text NOT NULL,
        seq bigint NOT NULL,
        delivered_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (sink, replica)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_deliveries');
  }
}
