import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OperationError } from '#libs/kit';
import { StoredResultEntity } from '../../store/entities/stored-result.entity.js';
import { isRefusedForGood } from '../../store/connection-errors.js';
import { storableJson, storedJson } from '../../store/storable-text.js';
import { Store } from '../../store/store.js';
import type { KeptResult } from './kept-result.js';
import { ResultsSettings } from './results.settings.js';
import { WaitingResults } from './waiting-results.js';

/** What an answer waits for the store to have the rest of it; memory has it already. */
const PATIENCE_MS = 2_000;
const SWEEP_EVERY_MS = 600_000;
/** JSON that is kept for one caller; the oldest results go first. */
const MAX_CALLER_BYTES = 256 * 1024 * 1024;
/** Any number that nobody else uses for an advisory lock in this database: "mcpgwr" as ASCII. */
const LOCK = 0x6d6370677772;

const INSERT = `
  INSERT INTO stored_results (id, caller_id, operation, unit, total, kept, source, bytes, data, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10 * interval '1 millisecond')
  ON CONFLICT (id) DO NOTHING`;

const DROP_OLDEST = `
  DELETE FROM stored_results WHERE id IN (
    SELECT id FROM (
      SELECT id, sum(bytes) OVER (ORDER BY created_at DESC, id) AS upto FROM stored_results WHERE caller_id = $1
    ) newest_first WHERE upto > $2)`;

/** What became of a result on its way to the store: what waits is tried again, and where the store is away all do. */
type Saving = 'saved' | 'waiting' | 'away' | 'refused';

/** Where the rest of large answers is kept: in memory first, then in the store, where it outlives the gateway. */
@Injectable()
export class ResultStore implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Results');
  private readonly waiting = new WaitingResults();
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: Store,
    private readonly settings: ResultsSettings,
  ) {}

  onModuleInit(): void {
    this.store.onReady(() => this.tidy());
    this.sweeping = setInterval(() => void this.tidy(), SWEEP_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.sweeping);
    await Promise.race([this.saveWaiting(), sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  /** Resolves with whether it is kept: soon, even where the store is slow or away. */
  async keep(result: KeptResult, ttlMs = this.settings.ttlMs): Promise<boolean> {
    const remembered = this.waiting.add(result, ttlMs);
    const saving = this.save(result, ttlMs);
    const known = saving.then((saved) => saved === 'saved' || (saved !== 'refused' && remembered));
    return Promise.race([known, sleep(PATIENCE_MS, remembered, { ref: false })]);
  }

  /** Rejects with `unavailable` where only the store could know. */
  async find(id: string, callerId: string): Promise<KeptResult | undefined> {
    const waiting = this.waiting.find(id, callerId);
    if (waiting) return waiting;
    const row = await this.store.run((manager) =>
      manager
        .createQueryBuilder(StoredResultEntity, 'result')
        .where('result.id = :id AND result.callerId = :callerId AND result.expiresAt > now()', { id, callerId })
        .getOne(),
    );
    if (row) row.source = storedJson(row.source);
    return row ?? undefined;
  }

  private async save(result: KeptResult, ttlMs: number): Promise<Saving> {
    try {
      await this.store.run((manager) => manager.transaction((one) => insert(one, result, ttlMs)));
      this.waiting.remove(result.id);
      return 'saved';
    } catch (error) {
      const { message } = error as Error;
      if (isRefusedForGood(error)) {
        this.waiting.remove(result.id);
        this.logger.error(`A result of ${result.operation} is not kept, since the store refuses it: ${message}`);
        return 'refused';
      }
      this.logger.warn(`A result waits in memory for the store: ${message}`);
      return error instanceof OperationError && error.kind === 'unavailable' ? 'away' : 'waiting';
    }
  }

  private async saveWaiting(): Promise<void> {
    for (const { result, leftMs } of this.waiting.all()) {
      if ((await this.save(result, leftMs)) === 'away') return;
    }
  }

  private async tidy(): Promise<void> {
    await this.saveWaiting();
    try {
      await this.store.run((manager) => manager.transaction(dropExpired));
    } catch (error) {
      this.logger.debug(`Expired results stay for now: ${(error as Error).message}`);
    }
  }
}

async function insert(manager: EntityManager, result: KeptResult, ttlMs: number): Promise<void> {
  const { id, callerId, operation, unit, total, kept, source, bytes, data } = result;
  await manager.query(INSERT, [
    id,
    callerId,
    operation,
    unit,
    total,
    kept,
    storableJson(source),
    bytes,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    Math.round(ttlMs),
  ]);
  await manager.query(DROP_OLDEST, [callerId, MAX_CALLER_BYTES]);
}

/** Of several gateways one does it. */
async function dropExpired(manager: EntityManager): Promise<void> {
  const [lock] = await manager.query<{ mine: boolean }[]>('SELECT pg_try_advisory_xact_lock($1) AS mine', [LOCK]);
  if (lock?.mine === true) await manager.query('DELETE FROM stored_results WHERE expires_at <= now()');
}
