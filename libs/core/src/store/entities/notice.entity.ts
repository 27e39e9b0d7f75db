import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A message for somebody outside, and how far it has come. */
@Entity({ name: 'notices' })
@Index('notices_waiting', ['nextAt'], { where: `state = 'waiting'` })
@Index('notices_topic', ['topic'])
export class NoticeEntity {
  @PrimaryColumn({ name: 'id', type: 'text', primaryKeyConstraintName: 'notices_pkey' })
  id!: string;

  @Column({ name: 'target', type: 'text' })
  target!: string;

  @Column({ name: 'topic', type: 'text' })
  topic!: string;

  @Column({ name: 'news', type: 'text' })
  news!: string;

  @Column({ name: 'body', type: 'jsonb' })
  body!: object;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'next_at', type: 'timestamptz', precision: 3 })
  nextAt!: Date;

  @Column({ name: 'state', type: 'text' })
  state!: string;

  @Column({ name: 'attempts', type: 'integer' })
  attempts!: number;

  @Column({ name: 'problem', type: 'text', nullable: true })
  problem!: string | null;

  @Column({ name: 'done_at', type: 'timestamptz', precision: 3, nullable: true })
  doneAt!: Date | null;
}
