import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a tool of an upstream looked like when it was first seen or last approved. */
@Entity({ name: 'upstream_tools' })
export class UpstreamToolEntity {
  @PrimaryColumn({ name: 'upstream', type: 'text', primaryKeyConstraintName: 'upstream_tools_pkey' })
  upstream!: string;

  /** Its own name. */
  @PrimaryColumn({ name: 'tool', type: 'text', primaryKeyConstraintName: 'upstream_tools_pkey' })
  tool!: string;

  /** Of the approved definition. */
  @Column({ name: 'hash', type: 'text' })
  hash!: string;

  @Column({ name: 'approved', type: 'json' })
  approved!: object;

  /** What the upstream says now, where that is something else. */
  @Column({ name: 'pending', type: 'json', nullable: true })
  pending!: object | null;

  /** Whether the upstream listed it the last time. */
  @Column({ name: 'listed', type: 'boolean' })
  listed!: boolean;

  /** Whether it is known to ask its client. */
  @Column({ name: 'asks', type: 'boolean' })
  asks!: boolean;

  @Column({ name: 'first_seen_at', type: 'timestamptz' })
  firstSeenAt!: Date;

  @Column({ name: 'last_seen_at', type: 'timestamptz' })
  lastSeenAt!: Date;
}
