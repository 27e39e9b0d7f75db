import type { CallerBudget } from '#libs/kit';
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

  @Column({ name: 'limits', type: 'jsonb', nullable: true })
  limits!: CallerBudget | null;

  /** Names the pepper that the hash was made with; null in rows from before peppers had names. */
  @Column({ name: 'pepper_id', type: 'text', nullable: true })
  pepperId!: string | null;

  /** Of the key that a rotation has replaced and that is still taken. */
  @Column({ name: 'retired_hash', type: 'text', nullable: true })
  retiredHash!: string | null;

  @Column({ name: 'retired_pepper_id', type: 'text', nullable: true })
  retiredPepperId!: string | null;

  @Column({ name: 'retired_until', type: 'timestamptz', nullable: true })
  retiredUntil!: Date | null;

  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;

  /** Text, as the driver gives whole numbers of eight bytes. */
  @Column({ name: 'use_count', type: 'bigint', default: 0 })
  useCount!: string;
}
