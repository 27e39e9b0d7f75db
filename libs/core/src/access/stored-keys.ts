import type { Logger } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { ApiKeyEntity } from '../store/entities/api-key.entity.js';
import type { KeyPeppers } from './key-peppers.js';
import { columnsOf, recordOfRow, type KeyRecord } from './key-record.js';
import type { KeyRing } from './key-ring.js';

/** Any number that nobody else uses for an advisory lock in this database: "mcpkey" as ASCII. */
const LOCK = 0x6d63706b6579;

/** The keys as the store has them. */
export class StoredKeys {
  constructor(
    private readonly peppers: KeyPeppers,
    private readonly ring: KeyRing,
  ) {}

  /** Lets one change at a time in, on whichever gateway, until the transaction ends. */
  async lock(manager: EntityManager): Promise<void> {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  }

  async all(manager: EntityManager): Promise<KeyRecord[]> {
    if (this.peppers.areOfOneSecret) {
      await manager.update(ApiKeyEntity, { pepperId: IsNull() }, { pepperId: this.peppers.currentId });
    }
    const rows = await manager.find(ApiKeyEntity, { order: { createdAt: 'ASC', id: 'ASC' } });
    return rows.map((row) => this.recordOf(row));
  }

  /** All that may be an admin's, and one that is named: on these a change of it depends. */
  async admins(manager: EntityManager, id?: string): Promise<KeyRecord[]> {
    const rows = await manager
      .createQueryBuilder(ApiKeyEntity, 'key')
      .where(`key.permissions && ARRAY['*', 'admin']`)
      .orWhere('key.id = :id', { id: id ?? null })
      .getMany();
    return rows.map((row) => this.recordOf(row));
  }

  async insert(manager: EntityManager, record: KeyRecord): Promise<void> {
    await manager.insert(ApiKeyEntity, { id: record.id, ...columnsOf(record) });
  }

  /** Nothing where the key has another hash by now than `where` says. */
  async write(manager: EntityManager, record: KeyRecord, where: { hash?: string } = {}): Promise<void> {
    await manager.update(ApiKeyEntity, { id: record.id, ...where }, columnsOf(record));
  }

  async remove(manager: EntityManager, id: string): Promise<void> {
    await manager.delete(ApiKeyEntity, id);
  }

  /** Says how many there are, and which of them another secret is needed for. */
  tell(records: readonly KeyRecord[], logger: Logger): void {
    logger.log(`${records.length} API keys are known`);
    this.tellWaiting(records, logger);
    const lost = records.filter(({ pepperId }) => !this.peppers.knows(pepperId)).length;
    if (lost > 0) {
      logger.warn(
        `${lost} API keys were made under another MCP_SECRET_KEY and are refused; set it as MCP_SECRET_KEY_PREVIOUS`,
      );
    }
  }

  /** Says how many need an older secret still. */
  tellWaiting(records: readonly KeyRecord[], logger: Logger): void {
    const older = this.peppers.olderIds;
    const waiting = records.filter(({ pepperId, fromEnvironment }) => !fromEnvironment && older.includes(pepperId));
    if (waiting.length === 0) return;
    logger.warn(
      `${waiting.length} API keys still need the previous MCP_SECRET_KEY, each until it is used for the first time`,
    );
  }

  private recordOf(row: ApiKeyEntity): KeyRecord {
    return recordOfRow(row, this.peppers.currentId, this.ring.get(row.id)?.use);
  }
}
