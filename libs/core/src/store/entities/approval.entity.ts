import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A call that needs a person's approval, from the asking to its outcome. */
@Entity({ name: 'approvals' })
@Index('approvals_created', ['createdAt', 'id'])
@Index('approvals_open', ['callerId'], { where: `state IN ('pending', 'approved', 'running')` })
@Index('approvals_expires', ['expiresAt'])
export class ApprovalEntity {
  /** The ticket. */
  @PrimaryColumn({ name: 'id', type: 'text', primaryKeyConstraintName: 'approvals_pkey' })
  id!: string;

  @Column({ name: 'state', type: 'text' })
  state!: string;

  @Column({ name: 'caller_id', type: 'text' })
  callerId!: string;

  /** Who asks, as people know it. */
  @Column({ name: 'asker', type: 'jsonb' })
  asker!: Record<string, string>;

  @Column({ name: 'door', type: 'text' })
  door!: string;

  @Column({ name: 'request_id', type: 'text' })
  requestId!: string;

  @Column({ name: 'operation', type: 'text' })
  operation!: string;

  @Column({ name: 'sealed_arguments', type: 'text' })
  sealedArguments!: string;

  @Column({ name: 'touches', type: 'text', array: true })
  touches!: string[];

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;

  @Column({ name: 'decided_at', type: 'timestamptz', precision: 3, nullable: true })
  decidedAt!: Date | null;

  @Column({ name: 'decided_by', type: 'jsonb', nullable: true })
  decidedBy!: Record<string, string> | null;

  @Column({ name: 'note', type: 'text', nullable: true })
  note!: string | null;

  /** While it runs: when its outcome is there at the latest. */
  @Column({ name: 'runs_until', type: 'timestamptz', precision: 3, nullable: true })
  runsUntil!: Date | null;

  @Column({ name: 'sealed_outcome', type: 'text', nullable: true })
  sealedOutcome!: string | null;
}
