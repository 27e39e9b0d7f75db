import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A toolset that an admin made. */
@Entity({ name: 'toolsets' })
export class ToolsetEntity {
  @PrimaryColumn({ name: 'name', type: 'text', primaryKeyConstraintName: 'toolsets_pkey' })
  name!: string;

  @Column({ name: 'tools', type: 'text', array: true })
  tools!: string[];

  @Column({ name: 'description', type: 'text', nullable: true })
  description!: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
