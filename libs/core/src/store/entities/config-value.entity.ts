import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A setting that was changed at runtime, as the text that its variable would hold. */
@Entity({ name: 'config_values' })
export class ConfigValueEntity {
  @PrimaryColumn({ name: 'key', type: 'text', primaryKeyConstraintName: 'config_values_pkey' })
  key!: string;

  @Column({ name: 'value', type: 'text' })
  value!: string;
}
