import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What an upstream offered besides its tools when it was last asked. */
@Entity({ name: 'upstream_offers' })
export class UpstreamOfferEntity {
  @PrimaryColumn({ name: 'upstream', type: 'text', primaryKeyConstraintName: 'upstream_offers_pkey' })
  upstream!: string;

  @Column({ name: 'offer', type: 'json' })
  offer!: object;

  @Column({ name: 'seen_at', type: 'timestamptz' })
  seenAt!: Date;
}
