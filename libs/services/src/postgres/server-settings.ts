import type { InputOf, OutputOf } from '#libs/kit';
import type { Database } from './database.js';
import type * as watching from './operations/watching.js';

/** Settings that name files, programs, addresses or credentials of the server. */
const CONFIDENTIAL =
  '(file|directory|directories|conninfo|command|addresses|library_path|control_path)$|^ssl_.*(file|dir)|^krb_|^bonjour|^port$';

const SETTINGS = `
  SELECT name, setting AS value, nullif(unit, '') AS unit, boot_val AS "default", source,
         pending_restart AS "pendingRestart", category, short_desc AS description
  FROM pg_settings
  WHERE NOT name ~ $1 AND CASE WHEN $2::text IS NULL AND $3::text IS NULL THEN setting IS DISTINCT FROM boot_val
    ELSE strpos(lower(category), lower(coalesce($2, ''))) > 0 AND strpos(lower(name), lower(coalesce($3, ''))) > 0 END
  ORDER BY category, name`;

const CATEGORIES = `SELECT DISTINCT category FROM pg_settings WHERE NOT name ~ $1 ORDER BY category`;

/** The server's settings as a session of the gateway has them. */
export async function serverSettings(
  database: Database,
  { category, name }: InputOf<typeof watching.settings>,
  signal: AbortSignal,
): Promise<OutputOf<typeof watching.settings>> {
  const settings = await database.ask(SETTINGS, [CONFIDENTIAL, category ?? null, name ?? null], signal);
  const categories = await database.ask(CATEGORIES, [CONFIDENTIAL], signal);
  return {
    settings: settings.rows as unknown as OutputOf<typeof watching.settings>['settings'],
    categories: categories.rows.map((row) => String(row.category)),
  };
}
