import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One runtime change of settings: a version of the configuration. */
@Entity({ name: 'config_changes' })
export class ConfigChangeEntity {
  @PrimaryColumn({ name: 'version', type: 'integer', primaryKeyConstraintName: 'config_changes_pkey' })
  version!: number;

  @Column({ name: 'time', type: 'timestamptz' })
  time!: Date;

  @Column({ name: 'caller_id', type: 'text' })
  callerId!: string;

  @Column({ name: 'caller_subject', type: 'text' })
  callerSubject!: string;

  @Column({ name: 'request_id', type: 'text' })
  requestId!: string;

  /** What people see: `{from, to}` by key. */
  @Column({ name: 'changes', type: 'jsonb' })
  changes!: object;

  /** The rows of config_values before it, by key; null where there was none. */
  @Column({ name: 'before', type: 'jsonb' })
  before!: Record<string, string | null>;

  /** The version that this one took back. */
  @Column({ name: 'undoes', type: 'integer', nullable: true })
  undoes!: number | null;
}
