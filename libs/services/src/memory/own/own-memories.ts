import { Logger } from '@nestjs/common';
import { OperationError, type OperationContext, type ServiceStatus, type ServiceStore, type Sql } from '#libs/kit';
import {
  Memories,
  type Change,
  type Entity,
  type EntityType,
  type Health,
  type Memory,
  type NewMemories,
  type Page,
  type Remembered,
  type Scope,
  type SearchAnswer,
  type SearchRequest,
} from '../memories.js';
import { findAlike, type QueryVector } from './alike.js';
import { CatchUp } from './catch-up.js';
import { EmbeddingsRefusal, type Embeddings } from './embeddings.js';
import { COLUMNS, cursorOf, IN_SCOPE, memoryOf, pageEndOf, scopeValues, type MemoryRow } from './memory-rows.js';
import { findMemories } from './memory-search.js';
import { vectorsInBatches } from './vector-batches.js';

/** Time for the vectors of what is to be remembered; past this they are made up for later. */
const VECTORS_TIMEOUT_MS = 10_000;

/** Memories in the gateway's own store. */
export class OwnMemories extends Memories {
  override readonly kind = 'gateway';
  override readonly backEnd = undefined;
  private readonly logger = new Logger('Memory');
  private readonly catchUp: CatchUp;
  private trigrams = false;

  constructor(
    private readonly store: ServiceStore,
    private readonly embeddings: Embeddings,
  ) {
    super();
    this.catchUp = new CatchUp(store, embeddings);
  }

  override status(): ServiceStatus {
    const problem = this.store.problem();
    return problem === undefined ? { state: 'ready' } : { state: 'unavailable', reason: `The store: ${problem}` };
  }

  override async add(given: NewMemories, { signal }: OperationContext): Promise<Remembered> {
    const texts = given.messages.filter(({ role }) => role !== 'system').map(({ content }) => content);
    const vectors = await this.vectorsOf(texts, signal);
    const { metadata = null, expiresAt = null } = given;
    return this.store.transaction(async (sql) => {
      await dropExpired(sql);
      const memories = [];
      for (const [at, text] of texts.entries()) {
        const vector = vectors[at] ?? null;
        const [row] = await sql.query<MemoryRow>(
          `INSERT INTO mem0_memories AS m (agent_id, user_id, run_id, text, metadata, expires_at, embedding, embedding_model)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${COLUMNS}`,
          [...scopeValues(given.scope), text, metadata, expiresAt, vector, vector && this.embeddings.model],
        );
        if (!row) throw new Error('INSERT gave no row');
        await note(sql, 'ADD', row, null, text);
        memories.push({ id: row.id, event: 'ADD', text });
      }
      return { memories };
    });
  }

  override async search(request: SearchRequest, { signal }: OperationContext): Promise<SearchAnswer> {
    const trigrams = await this.hasTrigrams();
    const vector = await this.queryVector(request.query, signal);
    if (typeof vector === 'object') await this.catchUp.goOn(request.scope);
    const alike = typeof vector === 'object' ? await findAlike(this.store, request.scope, vector) : undefined;
    const memories = await findMemories(this.store, request, { trigrams, alike });
    const search = `words${trigrams ? '+trigrams' : ''}${alike ? '+vectors' : ''}` as const;
    if (typeof vector !== 'string') return { search, memories };
    return { search, note: `${vector}, so that only words were compared`, memories };
  }

  override async list(scope: Scope, limit: number, cursor: string | undefined): Promise<Page> {
    const end = cursor === undefined ? undefined : pageEndOf(cursor);
    const rows = await this.store.query<MemoryRow & { at: string }>(
      `SELECT ${COLUMNS}, (m.created_at AT TIME ZONE 'UTC')::text || '+00' AS at FROM mem0_memories m
       WHERE ${IN_SCOPE} AND ($4::timestamptz IS NULL OR (m.created_at, m.id) < ($4, $5::uuid))
       ORDER BY m.created_at DESC, m.id DESC LIMIT $6`,
      [...scopeValues(scope), end?.at ?? null, end?.id ?? null, limit + 1],
    );
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return { memories: shown.map(memoryOf), nextCursor: last ? cursorOf(last) : null };
  }

  override async get(id: string, scope: Scope): Promise<Memory> {
    return memoryOf(await find(this.store, id, scope));
  }

  override async history(id: string, scope: Scope): Promise<Change[]> {
    const rows = await this.store.query<{ event: string; old_text: string | null; new_text: string | null; at: Date }>(
      `SELECT m.event, m.old_text, m.new_text, m.at FROM mem0_changes m
       WHERE ($1::text IS NULL OR m.agent_id = $1) AND m.memory_id = $2
         AND NOT EXISTS (SELECT FROM mem0_memories WHERE id = $2 AND expires_at <= now())
       ORDER BY m.id`,
      [scope.agentId ?? null, id],
    );
    if (rows.length === 0) throw noMemory(id, scope);
    return rows.map(({ event, old_text: oldText, new_text: newText, at }) => ({
      event,
      oldText,
      newText,
      at: at.toISOString(),
    }));
  }

  override async update(
    id: string,
    scope: Scope,
    change: { text?: string; metadata?: Record<string, unknown> },
    { signal }: OperationContext,
  ): Promise<Memory> {
    const { text, metadata } = change;
    const vector = text === undefined ? null : ((await this.vectorsOf([text], signal))[0] ?? null);
    return this.store.transaction(async (sql) => {
      const before = await find(sql, id, scope, 'FOR UPDATE');
      const [row] = await sql.query<MemoryRow>(
        `UPDATE mem0_memories m SET updated_at = now(), text = coalesce($2, text), metadata = coalesce($3, metadata),
           embedding = CASE WHEN $2::text IS NULL THEN embedding ELSE $4 END,
           embedding_model = CASE WHEN $2::text IS NULL THEN embedding_model ELSE $5 END
         WHERE id = $1 RETURNING ${COLUMNS}`,
        [id, text ?? null, metadata ?? null, vector, vector && this.embeddings.model],
      );
      if (!row) throw noMemory(id, scope);
      await note(sql, 'UPDATE', row, before.text, row.text);
      return memoryOf(row);
    });
  }

  override async forget(id: string, scope: Scope): Promise<void> {
    await this.store.transaction(async (sql) => {
      const row = await find(sql, id, scope, 'FOR UPDATE');
      await sql.query('DELETE FROM mem0_memories WHERE id = $1', [id]);
      await note(sql, 'DELETE', row, row.text, null);
    });
  }

  override async forgetAll(scope: Scope): Promise<number> {
    const [row] = await this.store.query<{ deleted: number }>(
      `WITH gone AS (DELETE FROM mem0_memories m WHERE ${IN_SCOPE} RETURNING ${COLUMNS}), noted AS (
         INSERT INTO mem0_changes (memory_id, agent_id, user_id, run_id, event, old_text)
         SELECT id, agent_id, user_id, run_id, 'DELETE', text FROM gone)
       SELECT count(*)::int AS deleted FROM gone`,
      scopeValues(scope),
    );
    return row?.deleted ?? 0;
  }

  override async entities(scope: Scope): Promise<Entity[]> {
    return this.store.query<Entity & Record<string, unknown>>(
      `SELECT of.type, of.id, count(*)::int AS memories FROM mem0_memories m CROSS JOIN LATERAL (
         VALUES ('user', m.user_id), ('agent', m.agent_id), ('run', m.run_id)) AS of (type, id)
       WHERE ${IN_SCOPE} AND of.id IS NOT NULL GROUP BY of.type, of.id ORDER BY of.type, of.id`,
      scopeValues(scope),
    );
  }

  override async forgetEntity(type: EntityType, id: string): Promise<number> {
    const column = `${type}_id`;
    return this.store.transaction(async (sql) => {
      const gone = await sql.query(`DELETE FROM mem0_memories WHERE ${column} = $1 RETURNING id`, [id]);
      await sql.query(`DELETE FROM mem0_changes WHERE ${column} = $1`, [id]);
      return gone.length;
    });
  }

  override async health(): Promise<Health> {
    const trigrams = await this.hasTrigrams();
    const meaning = this.embeddings.on ? `and meaning, by the model ${this.embeddings.model}` : 'alone, not by meaning';
    if (trigrams) return { state: 'ready', detail: `Search is by words, near words ${meaning}` };
    const mend = 'an admin of the database can mend that by CREATE EXTENSION pg_trgm';
    return { state: 'degraded', detail: `Search is by words ${meaning}; it finds no near words, since ${mend}` };
  }

  /** Asked until they are there: an admin may add them at any time. */
  private async hasTrigrams(): Promise<boolean> {
    if (this.trigrams) return true;
    const [row] = await this.store.query<{ there: boolean }>(
      `SELECT to_regprocedure('word_similarity(text, text)') IS NOT NULL AS there`,
    );
    this.trigrams = row?.there === true;
    return this.trigrams;
  }

  /** By the position of their texts, as far as they are to be had now: words do for the others. */
  private async vectorsOf(texts: readonly string[], signal: AbortSignal): Promise<(Buffer | undefined)[]> {
    const vectors: (Buffer | undefined)[] = [];
    if (!this.embeddings.on) return vectors;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(VECTORS_TIMEOUT_MS)]);
    let refused = 0;
    try {
      for await (const [at, made] of vectorsInBatches(this.embeddings, texts, inTime)) {
        if (Buffer.isBuffer(made)) vectors[at] = made;
        else refused += 1;
      }
      if (refused > 0) this.warn(`the embeddings API refused ${refused} of ${texts.length} texts`);
    } catch (error) {
      signal.throwIfAborted();
      this.warn(error);
    }
    return vectors;
  }

  /** Why there is none, where that is the API's doing. */
  private async queryVector(query: string, signal: AbortSignal): Promise<QueryVector | string | undefined> {
    if (!this.embeddings.on) return undefined;
    try {
      const [values] = await this.embeddings.of([query], signal);
      return values && { values, model: this.embeddings.model };
    } catch (error) {
      signal.throwIfAborted();
      this.warn(error);
      return error instanceof EmbeddingsRefusal ? error.message : 'The embeddings API did not answer';
    }
  }

  private warn(error: unknown): void {
    this.logger.warn(`Done without vectors: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function find(sql: Sql, id: string, scope: Scope, lock: '' | 'FOR UPDATE' = ''): Promise<MemoryRow> {
  const [row] = await sql.query<MemoryRow>(
    `SELECT ${COLUMNS} FROM mem0_memories m WHERE ${IN_SCOPE} AND m.id = $4 ${lock}`,
    [...scopeValues(scope), id],
  );
  if (!row) throw noMemory(id, scope);
  return row;
}

async function note(sql: Sql, event: string, row: MemoryRow, before: string | null, after: string | null) {
  await sql.query(
    `INSERT INTO mem0_changes (memory_id, agent_id, user_id, run_id, event, old_text, new_text)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [row.id, row.agent_id, row.user_id, row.run_id, event, before, after],
  );
}

/** Nothing reads them any more; this takes them off the disk, their histories too. */
async function dropExpired(sql: Sql): Promise<void> {
  await sql.query(
    `WITH gone AS (DELETE FROM mem0_memories WHERE expires_at <= now() RETURNING id)
     DELETE FROM mem0_changes USING gone WHERE memory_id = gone.id`,
  );
}

function noMemory(id: string, { agentId }: Scope): OperationError {
  const whose = agentId === undefined ? '' : ` of the agent ${agentId}; agentId names another agent`;
  return new OperationError('unknown', `There is no memory ${id}${whose}. list and search answer ids.`);
}
