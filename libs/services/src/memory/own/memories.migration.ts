import type { StoreMigration } from '#libs/kit';

type Statements = Parameters<StoreMigration['up']>[0];

export class Memories1732147700000 implements StoreMigration {
  readonly name = 'Memories1732147700000';

  async up(sql: Statements): Promise<void> {
    await sql.query(`
      CREATE TABLE mem0_memories (
        id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
        agent_id text NOT NULL,
        user_id text,
        run_id text,
        text text NOT NULL,
        words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english'::regconfig, text)) STORED,
        metadata jsonb,
        embedding bytea,
        embedding_model text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz
      )`);
    await sql.query('CREATE INDEX mem0_memories_agent ON mem0_memories (agent_id, created_at, id)');
    await sql.query('CREATE INDEX mem0_memories_words ON mem0_memories USING gin (words)');
    await sql.query('CREATE INDEX mem0_memories_expiry ON mem0_memories (expires_at) WHERE expires_at IS NOT NULL');
    await sql.query(`
      CREATE TABLE mem0_changes (
        id bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        memory_id uuid NOT NULL,
        agent_id text NOT NULL,
        user_id text,
        run_id text,
        event text NOT NULL,
        old_text text,
        new_text text,
        at timestamptz NOT NULL DEFAULT now()
      )`);
    await sql.query('CREATE INDEX mem0_changes_memory ON mem0_changes (memory_id, id)');
    // Not every role may install an extension, and not every server has it. Search does without, and says so.
    await sql.query(`
      DO $$
      BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
      EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE 'Memories are searched without trigrams: %', SQLERRM;
      END $$`);
  }

  /** The extension stays: somebody else may use it by now. */
  async down(sql: Statements): Promise<void> {
    await sql.query('DROP TABLE mem0_changes');
    await sql.query('DROP TABLE mem0_memories');
  }
}
