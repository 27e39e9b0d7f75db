import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An upstream that an admin registered; those of the config are not here. */
@Entity({ name: 'upstreams' })
export class UpstreamEntity {
  @PrimaryColumn({ name: 'name', type: 'text', primaryKeyConstraintName: 'upstreams_pkey' })
  name!: string;

  /** Sealed: address, headers and credentials, as JSON. */
  @Column({ name: 'target', type: 'text' })
  target!: string;

  @Column({ name: 'description', type: 'text' })
  description!: string;

  @Column({ name: 'enabled', type: 'boolean' })
  enabled!: boolean;

  @Column({ name: 'timeout_ms', type: 'integer', nullable: true })
  timeoutMs!: number | null;

  /** By the tools' own names. */
  @Column({ name: 'overrides', type: 'json' })
  overrides!: object;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
