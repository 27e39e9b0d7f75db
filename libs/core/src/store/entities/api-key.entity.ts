import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A key that lets a caller in; what is kept of it is a keyed hash. */
@Entity({ name: 'api_keys' })
@Unique('api_keys_hash_key', ['hash'])
export class ApiKeyEntity {
  @PrimaryGeneratedColumn('uuid', { name: 'id', primaryKeyConstraintName: 'api_keys_pkey' })
  id!: string;

  @Column({ name: 'name', type: 'text' })
  name!: string;

  @Column({ name: 'hash', type: 'text' })
  hash!: string;

  @Column({ name: 'prefix', type: 'text' })
  prefix!: string;

  @Column({ name: 'permissions', type: 'text', array: true })
  permissions!: string[];

  @Column({ name: 'owner', type: 'text', nullable: true })
  owner!: string | null;

  @Column({ name: 'team', type: 'text', nullable: true })
  team!: string | null;

  @Column({ name: 'allowed_networks', type: 'text', array: true, nullable: true })
  allowedNetworks!: string[] | null;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
