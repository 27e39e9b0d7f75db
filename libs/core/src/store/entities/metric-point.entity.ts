import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How one replica did in a minute or an hour. */
@Entity({ name: 'metric_points' })
@Index('metric_points_loose', ['time'], { where: 'resolution = 60 AND NOT rolled_up' })
export class MetricPointEntity {
  /** In seconds: 60 or 3600. */
  @PrimaryColumn({ name: 'resolution', type: 'integer', primaryKeyConstraintName: 'metric_points_pkey' })
  resolution!: number;

  @PrimaryColumn({
    name: 'time',
    type: 'timestamptz',
    precision: 3,
    primaryKeyConstraintName: 'metric_points_pkey',
  })
  time!: Date;

  @PrimaryColumn({ name: 'replica', type: 'text', primaryKeyConstraintName: 'metric_points_pkey' })
  replica!: string;

  @Column({ name: 'point', type: 'jsonb' })
  point!: object;

  /** Of a minute: the ids of what was added to it. */
  @Column({ name: 'parts', type: 'text', array: true })
  parts!: string[];

  /** Of a minute: whether it is in its hour. */
  @Column({ name: 'rolled_up', type: 'boolean', default: false })
  rolledUp!: boolean;
}
