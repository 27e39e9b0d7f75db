import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A network whose requests are refused. */
@Entity({ name: 'ip_blocks' })
export class IpBlockEntity {
  @PrimaryColumn({ name: 'id', type: 'uuid', primaryKeyConstraintName: 'ip_blocks_pkey' })
  id!: string;

  @Column({ name: 'network', type: 'text' })
  network!: string;

  @Column({ name: 'reason', type: 'text', nullable: true })
  reason!: string | null;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  /** The caller's id; null where the gateway made it by itself. */
  @Column({ name: 'created_by', type: 'text', nullable: true })
  createdBy!: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
