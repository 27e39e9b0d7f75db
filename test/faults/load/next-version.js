// Loaded before a gateway starts, it makes it the next version: the same, with one step more in its tables. No fault itself.

/** What is built, which the compiler does not look at. @param {string} path */
const built = (path) => import(new URL(`../../../dist/libs/${path}`, import.meta.url).href);

/** @type {{ Mem0Service: object }} */
const { Mem0Service } = await built('services/src/memory/mem0.service.js');
/** @type {{ mcpServiceOf(type: object): { migrations: unknown[] } }} */
const { mcpServiceOf } = await built('kit/src/index.js');

class NextVersion1999000000000 {
  name = 'NextVersion1999000000000';

  /** @param {{ query(text: string): Promise<unknown> }} sql */
  async up(sql) {
    await sql.query(`ALTER TABLE api_keys ADD COLUMN colour text NOT NULL DEFAULT 'green'`);
    await sql.query('ALTER TABLE audit_lines ADD COLUMN mood text');
    await sql.query('CREATE INDEX audit_lines_mood ON audit_lines (mood)');
    await sql.query('CREATE TABLE moods (name text PRIMARY KEY)');
  }

  /** @param {{ query(text: string): Promise<unknown> }} sql */
  async down(sql) {
    await sql.query('DROP TABLE moods');
    await sql.query('ALTER TABLE audit_lines DROP COLUMN mood');
    await sql.query('ALTER TABLE api_keys DROP COLUMN colour');
  }
}

mcpServiceOf(Mem0Service).migrations.push(NextVersion1999000000000);
