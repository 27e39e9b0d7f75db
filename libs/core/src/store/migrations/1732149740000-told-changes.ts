import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables that every replica holds in memory, and what it calls them. */
const HELD: Readonly<Record<string, string>> = {
  api_keys: 'api-keys',
  config_values: 'configuration',
  config_changes: 'configuration',
  ip_blocks: 'ip-blocks',
  toolsets: 'toolsets',
  upstreams: 'upstreams',
};

/** Written all the time, each replica counting for itself. */
const USE = `'{use_count,last_used_at}'::text[]`;

/**
 * The database itself tells the replicas of a change, with its commit: whoever makes it may die the moment after, or be
 * no gateway at all.
 */
export class ToldChanges1732149740000 implements MigrationInterface {
  readonly name = 'ToldChanges1732149740000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION mcp_gateway_tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('mcp_gateway_changes', concat(
          coalesce(substring(current_setting('application_name') FROM '^mcp-gateway ([0-9a-f-]{36})$'), 'store'),
          ' ', TG_ARGV[0]));
        RETURN NULL;
      END $$`);
    for (const [table, held] of Object.entries(HELD)) {
      const rows = table === 'api_keys' ? 'INSERT OR DELETE' : 'INSERT OR UPDATE OR DELETE';
      await this.tell(runner, 'tell_change', `${rows} ON ${table} FOR EACH ROW`, held);
      await this.tell(runner, 'tell_truncate', `TRUNCATE ON ${table} FOR EACH STATEMENT`, held);
    }
    const isMoreThanUse = `to_jsonb(OLD.*) - ${USE} IS DISTINCT FROM to_jsonb(NEW.*) - ${USE}`;
    await this.tell(runner, 'tell_update', `UPDATE ON api_keys FOR EACH ROW WHEN (${isMoreThanUse})`, 'api-keys');
    // each replica sees by itself what an upstream has, but not what somebody approved of it
    const isApproved = 'OLD.hash IS DISTINCT FROM NEW.hash';
    await this.tell(runner, 'tell_update', `UPDATE ON upstream_tools FOR EACH ROW WHEN (${isApproved})`, 'definitions');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION mcp_gateway_tell_change() CASCADE');
  }

  private async tell(runner: QueryRunner, name: string, when: string, held: string): Promise<void> {
    await runner.query(`CREATE TRIGGER ${name} AFTER ${when} EXECUTE FUNCTION mcp_gateway_tell_change('${held}')`);
  }
}
