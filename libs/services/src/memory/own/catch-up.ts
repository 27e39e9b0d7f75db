import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ServiceStore } from '#libs/kit';
import type { Scope } from '../memories.js';
import type { Embeddings } from './embeddings.js';
import { IN_SCOPE, scopeValues } from './memory-rows.js';
import { RefusedLately } from './refused-lately.js';
import { vectorsInBatches } from './vector-batches.js';

/** Memories without a vector that one search makes up for. */
const MAX_MEMORIES = 32;
/** Time that a search waits for that; it goes on without the search. */
const PATIENCE_MS = 2_000;
const TIMEOUT_MS = 60_000;

type Missing = Record<'id' | 'text', string>;

/** Makes the vectors that memories lack: those that were kept while the API was away, or by another model. */
export class CatchUp {
  private readonly logger = new Logger('Memory');
  private readonly refusedLately = new RefusedLately();
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
    const refused = { all: 0, forNow: 0 };
    try {
      const missing = await this.missingIn(scope);
      const texts = missing.map(({ text }) => text);
      for await (const [at, made] of vectorsInBatches(this.embeddings, texts, AbortSignal.timeout(TIMEOUT_MS))) {
        const memory = missing[at];
        if (!memory) continue;
        if (!Buffer.isBuffer(made)) refused.all += 1;
        if (made === undefined) {
          refused.forNow += 1;
          this.refusedLately.add(memory.id);
        } else await this.keep(memory, made === 'refused' ? null : made);
      }
    } catch (error) {
      this.logger.warn(`Vectors are still missing: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (refused.all === 0) return;
    const { all, forNow } = refused;
    this.logger.warn(`The embeddings API refused ${all} memories by themselves; of ${forNow} it is asked again later`);
  }

  private missingIn(scope: Scope): Promise<Missing[]> {
    return this.store.query<Missing>(
      `SELECT m.id, m.text FROM mem0_memories m
       WHERE ${IN_SCOPE} AND m.embedding_model IS DISTINCT FROM $4 AND m.id <> ALL ($5::uuid[])
       ORDER BY m.created_at DESC LIMIT ${MAX_MEMORIES}`,
      [...scopeValues(scope), this.embeddings.model, this.refusedLately.ids],
    );
  }

  /** One that was refused has the model and no vector, so that it is not asked for again. */
  private async keep({ id, text }: Missing, vector: Buffer | null): Promise<void> {
    await this.store.query(
      'UPDATE mem0_memories SET embedding = $3, embedding_model = $4 WHERE id = $1 AND text = $2',
      [id, text, vector, this.embeddings.model],
    );
  }
}
