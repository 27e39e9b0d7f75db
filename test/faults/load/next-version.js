// Loaded before a gateway starts, it makes it the next version: the same, with one step more in its tables. No fault itself.

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

/** @typedef {(key: unknown, value: { migrations?: readonly object[] } | undefined, target: { name?: string }, ...more: unknown[]) => void} Define */

/** A service says at its declaration which steps its tables have; there one more is added. @param {Define} define @returns {Define} */
const withNextVersion =
  (define) =>
  (key, value, target, ...more) => {
    const migrations = target.name === 'Mem0Service' ? value?.migrations : undefined;
    const next = migrations && { ...value, migrations: [...migrations, NextVersion1999000000000] };
    define(key, next ?? value, target, ...more);
  };

// all of the gateway is in a few files, which have a reflect-metadata of their own: it is met where it says what it does
const { defineProperty } = Object;
Object.defineProperty = (target, key, descriptor) => {
  const isMet = /** @type {object} */ (target) === Reflect && key === 'defineMetadata';
  return defineProperty(target, key, isMet ? { ...descriptor, value: withNextVersion(descriptor.value) } : descriptor);
};
