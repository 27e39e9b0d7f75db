import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ResultUnit, UnitsSource } from '../../execution/results/result-work.js';

/** The whole of an answer that was too large to go out. */
@Entity({ name: 'stored_results' })
@Index('stored_results_caller', ['callerId', 'createdAt'])
@Index('stored_results_expiry', ['expiresAt'])
export class StoredResultEntity {
  @PrimaryColumn({ name: 'id', type: 'text', primaryKeyConstraintName: 'stored_results_pkey' })
  id!: string;

  @Column({ name: 'caller_id', type: 'text' })
  callerId!: string;

  @Column({ name: 'operation', type: 'text' })
  operation!: string;

  @Column({ name: 'unit', type: 'text' })
  unit!: ResultUnit;

  @Column({ name: 'total', type: 'integer' })
  total!: number;

  @Column({ name: 'kept', type: 'integer' })
  kept!: number;

  @Column({ name: 'source', type: 'jsonb', nullable: true })
  source!: UnitsSource;

  /** Of the JSON. */
  @Column({ name: 'bytes', type: 'integer' })
  bytes!: number;

  /** The JSON, compressed with gzip. */
  @Column({ name: 'data', type: 'bytea' })
  data!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
