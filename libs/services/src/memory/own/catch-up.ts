import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ServiceStore } from '#libs/kit';
import type { Scope } from '../memories.js';
import type { Embeddings } from './embeddings.js';
import { IN_SCOPE, scopeValues } from './memory-rows.js';
import { vectorsInBatches } from './vector-batches.js';

/** Memories without a vector that one search makes up for. */
const MAX_MEMORIES = 32;
/** Time that a search waits for that; it goes on without the search. */
const PATIENCE_MS = 2_000;
const TIMEOUT_MS = 60_000;

/** Makes the vectors that memories lack: those that were kept while the API was away, or by another model. */
export class CatchUp {
  private readonly logger = new Logger('Memory');
  private running: Promise<void> | undefined;

  constructor(
    private readonly store: ServiceStore,
    private readonly embeddings: Embeddings,
  ) {}

  /** Begins with some of a scope, unless it is about others. Resolves when they are done or take long; never rejects. */
  async goOn(scope: Scope): Promise<void> {
    this.running ??= this.makeSome(scope).finally(() => (this.running = undefined));
    const done = new AbortController();
    const patience = pause(PATIENCE_MS, undefined, { ref: false, signal: done.signal }).catch(() => undefined);
    await Promise.race([this.running, patience]);
    done.abort();
  }

  private async makeSome(scope: Scope): Promise<void> {
    const { model } = this.embeddings;
    try {
      const missing = await this.store.query<{ id: string; text: string }>(
        `SELECT m.id, m.text FROM mem0_memories m WHERE ${IN_SCOPE} AND m.embedding_model IS DISTINCT FROM $4
         ORDER BY m.created_at DESC LIMIT ${MAX_MEMORIES}`,
        [...scopeValues(scope), model],
      );
      const texts = missing.map(({ text }) => text);
      for await (const [at, made] of vectorsInBatches(this.embeddings, texts, AbortSignal.timeout(TIMEOUT_MS))) {
        if (made === undefined) continue;
        // one that was refused has the model and no vector, so that it is not asked for again
        await this.store.query(
          'UPDATE mem0_memories SET embedding = $3, embedding_model = $4 WHERE id = $1 AND text = $2',
          [missing[at]?.id, texts[at], made === 'refused' ? null : made, model],
        );
      }
    } catch (error) {
      this.logger.warn(`Vectors are still missing: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
