import { In, IsNull, LessThan, LessThanOrEqual, Not, type EntityManager } from 'typeorm';
import { ConfigChangeEntity } from '../store/entities/config-change.entity.js';
import { ConfigValueEntity } from '../store/entities/config-value.entity.js';

/** Changes that are kept; the oldest go first. */
const KEPT_CHANGES = 10_000;

/** What the store holds of the configuration. */
export interface StoredConfig {
  /** 0 before the first change. */
  version: number;
  /** Runtime values by key, as texts. */
  texts: ReadonlyMap<string, string>;
}

export async function readStored(manager: EntityManager): Promise<StoredConfig> {
  const rows = await manager.find(ConfigValueEntity);
  const version = await manager.maximum(ConfigChangeEntity, 'version');
  return { version: version ?? 0, texts: new Map(rows.map(({ key, value }) => [key, value])) };
}

/** Lets one change at a time in, on whichever gateway, until the transaction ends; reading goes on. */
export async function lockChanges(manager: EntityManager): Promise<void> {
  await manager.query('LOCK TABLE config_changes IN EXCLUSIVE MODE');
}

/** Writes a change, and the values as they are after it. */
export async function writeChange(
  manager: EntityManager,
  change: ConfigChangeEntity,
  texts: ReadonlyMap<string, string | null>,
): Promise<void> {
  for (const [key, value] of texts) {
    if (value === null) await manager.delete(ConfigValueEntity, key);
    else await manager.upsert(ConfigValueEntity, { key, value }, ['key']);
  }
  await manager.insert(ConfigChangeEntity, change);
  await manager.delete(ConfigChangeEntity, { version: LessThanOrEqual(change.version - KEPT_CHANGES) });
}

/** The newest change that is no undo and that none has taken back. */
export async function lastStanding(manager: EntityManager): Promise<ConfigChangeEntity | undefined> {
  const undone = await manager.find(ConfigChangeEntity, { where: { undoes: Not(IsNull()) }, select: { undoes: true } });
  const versions = undone.map(({ undoes }) => undoes ?? 0);
  const [change] = await manager.find(ConfigChangeEntity, {
    where: { undoes: IsNull(), version: Not(In(versions)) },
    order: { version: 'DESC' },
    take: 1,
  });
  return change;
}

/** Newest first, from below `before` on. */
export function listChanges(
  manager: EntityManager,
  count: number,
  before: number | undefined,
): Promise<ConfigChangeEntity[]> {
  return manager.find(ConfigChangeEntity, {
    where: before === undefined ? {} : { version: LessThan(before) },
    order: { version: 'DESC' },
    take: count,
  });
}
