import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What one caller has granted the gateway at one upstream; sealed. */
@Entity({ name: 'upstream_grants' })
export class UpstreamGrantEntity {
  @PrimaryColumn({ name: 'upstream', type: 'text', primaryKeyConstraintName: 'upstream_grants_pkey' })
  upstream!: string;

  @PrimaryColumn({ name: 'caller_id', type: 'text', primaryKeyConstraintName: 'upstream_grants_pkey' })
  callerId!: string;

  @Column({ name: 'sealed', type: 'text' })
  sealed!: string;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  /** The turn of whoever changes it now. */
  @Column({ name: 'taken_by', type: 'text', nullable: true })
  takenBy!: string | null;

  @Column({ name: 'taken_until', type: 'timestamptz', precision: 3, nullable: true })
  takenUntil!: Date | null;
}
