import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Something that was wrong, or is. */
@Entity({ name: 'alerts' })
@Index('alerts_raised', ['raisedAt', 'id'])
@Index('alerts_open', ['replica'], { where: `state = 'raised'` })
@Index('alerts_rule', ['rule', 'subject', 'silencedUntil'])
export class AlertEntity {
  @PrimaryColumn({ name: 'id', type: 'text', primaryKeyConstraintName: 'alerts_pkey' })
  id!: string;

  @Column({ name: 'rule', type: 'text' })
  rule!: string;

  @Column({ name: 'subject', type: 'text', nullable: true })
  subject!: string | null;

  /** The gateway that was the first to see it, of those that see it now. */
  @Column({ name: 'replica', type: 'text' })
  replica!: string;

  /** The others, in their order. */
  @Column({ name: 'also_seen_by', type: 'text', array: true, default: '{}' })
  alsoSeenBy!: string[];

  /** When the last of them came. */
  @Column({ name: 'joined_at', type: 'timestamptz', precision: 3, nullable: true })
  joinedAt!: Date | null;

  @Column({ name: 'state', type: 'text' })
  state!: string;

  @Column({ name: 'severity', type: 'text' })
  severity!: string;

  @Column({ name: 'message', type: 'text' })
  message!: string;

  @Column({ name: 'value', type: 'double precision' })
  value!: number;

  @Column({ name: 'threshold', type: 'double precision' })
  threshold!: number;

  @Column({ name: 'raised_at', type: 'timestamptz', precision: 3 })
  raisedAt!: Date;

  @Column({ name: 'resolved_at', type: 'timestamptz', precision: 3, nullable: true })
  resolvedAt!: Date | null;

  @Column({ name: 'acknowledged_at', type: 'timestamptz', precision: 3, nullable: true })
  acknowledgedAt!: Date | null;

  /** A caller's id, as in `silencedBy`. */
  @Column({ name: 'acknowledged_by', type: 'text', nullable: true })
  acknowledgedBy!: string | null;

  @Column({ name: 'silenced_until', type: 'timestamptz', precision: 3, nullable: true })
  silencedUntil!: Date | null;

  @Column({ name: 'silenced_by', type: 'text', nullable: true })
  silencedBy!: string | null;
}
