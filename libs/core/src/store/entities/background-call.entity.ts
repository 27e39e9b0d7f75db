import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A call that outlives its request, from its start to its outcome. */
@Entity({ name: 'background_calls' })
@Index('background_calls_due', ['dueAt'], { where: `state IN ('waiting', 'running')` })
@Index('background_calls_alike', ['callDigest'], { where: `state IN ('waiting', 'running')` })
@Index('background_calls_caller', ['callerId'])
@Index('background_calls_expires', ['expiresAt'])
export class BackgroundCallEntity {
  /** The ticket. */
  @PrimaryColumn({ name: 'id', type: 'text', primaryKeyConstraintName: 'background_calls_pkey' })
  id!: string;

  @Column({ name: 'state', type: 'text' })
  state!: string;

  @Column({ name: 'caller_id', type: 'text' })
  callerId!: string;

  @Column({ name: 'operation', type: 'text' })
  operation!: string;

  /** Its arguments, who calls, and what its door said of it; empty once it has ended. */
  @Column({ name: 'sealed_call', type: 'text' })
  sealedCall!: string;

  /** Tells the same call of the same caller again, and nothing else. */
  @Column({ name: 'call_digest', type: 'text', nullable: true })
  callDigest!: string | null;

  /** Whether it may run twice. */
  @Column({ name: 'repeatable', type: 'boolean' })
  repeatable!: boolean;

  /** Counts how often a gateway has taken it, and so tells them apart. */
  @Column({ name: 'attempt', type: 'integer' })
  attempt!: number;

  /** How often the gateway that had taken it was gone. */
  @Column({ name: 'losses', type: 'integer' })
  losses!: number;

  /** Whether its operation has begun to run. */
  @Column({ name: 'began', type: 'boolean' })
  began!: boolean;

  /** While it waits: when it may be taken. While it runs: until when its gateway is believed to be there. */
  @Column({ name: 'due_at', type: 'timestamptz', precision: 3 })
  dueAt!: Date;

  /** The ticket of the approval that it waits for, or has had. */
  @Column({ name: 'approval', type: 'text', nullable: true })
  approval!: string | null;

  /** Where its operation got to. */
  @Column({ name: 'sealed_checkpoint', type: 'text', nullable: true })
  sealedCheckpoint!: string | null;

  /** How far it is, sealed. A secret that changes meanwhile hides it until it is told next. */
  @Column({ name: 'progress', type: 'jsonb', nullable: true })
  progress!: string | null;

  /** Its caller wants it to end. */
  @Column({ name: 'cancelled', type: 'boolean' })
  cancelled!: boolean;

  @Column({ name: 'sealed_outcome', type: 'text', nullable: true })
  sealedOutcome!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', precision: 3, nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', precision: 3, nullable: true })
  endedAt!: Date | null;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;
}
