import {
  invalidField,
  McpService,
  Operation,
  Prompt,
  type InputOf,
  type OperationContext,
  type OutputOf,
  type PoolReport,
  type ReachesBackEnds,
  type ResolvesArguments,
  type ReportsPools,
  type ReportsStatus,
  type ServiceStatus,
} from '#libs/kit';
import { activeQueries, cancelQuery, waitingForLocks } from './activity.js';
import { Databases } from './databases.js';
import { healthCheck } from './health/health-check.js';
import { adviseOnIndexes } from './index-advice.js';
import { listIndexes } from './indexes.js';
import { listExtensions, listObjects } from './objects.js';
import { parsePlan } from './plan-json.js';
import * as exploring from './operations/exploring.js';
import * as judging from './operations/judging.js';
import * as querying from './operations/querying.js';
import * as watching from './operations/watching.js';
import { requireParams } from './params.js';
import { PostgresSettings } from './postgres.settings.js';
import * as prompts from './prompts.js';
import { QueryPages } from './query-pages.js';
import { serverSettings } from './server-settings.js';
import { SqlGuard } from './sql-guard.js';
import { statisticsOf } from './statistics.js';
import { tableStats } from './table-stats.js';
import { describeTable, listSchemas, listTables } from './tables.js';
import { topQueries } from './top-queries.js';
import { listViews } from './views.js';

/** JSON of a plan, or of the rows of RETURNING. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const DEFAULT_ROWS = 100;
/** Rows of RETURNING; all are changed, whatever is shown of them. */
const MAX_RETURNED_ROWS = 1_000;

@McpService({
  name: 'postgres',
  version: '1.0.0',
  description:
    'PostgreSQL databases: what is in them, queries that only read, plans, statistics and health; changes where the operator allows them.',
  location: 'server',
  icon: 'M4 6c0-2 4-3 8-3s8 1 8 3v12c0 2-4 3-8 3s-8-1-8-3z',
  settings: PostgresSettings,
})
export class PostgresService implements ReportsStatus, ReportsPools, ReachesBackEnds, ResolvesArguments {
  constructor(
    private readonly databases: Databases,
    private readonly guard: SqlGuard,
    private readonly pages: QueryPages,
  ) {}

  serviceStatus(): ServiceStatus {
    return this.databases.status();
  }

  poolReports(): PoolReport[] {
    return this.databases.all().map(({ name, connections }) => ({ name, ...connections }));
  }

  backEndOf({ database, query, cursor }: Record<string, unknown>): string | undefined {
    // the rows behind a cursor are in the gateway's own store
    if (cursor !== undefined) return undefined;
    if (typeof database !== 'string' && query === undefined) return undefined;
    const found = this.databases.find(typeof database === 'string' ? database : undefined);
    return found && `the database ${found.name}`;
  }

  /** Without a name a query is for the first database, and the others are for all of them. */
  resolveArguments({ database, ...rest }: Record<string, unknown>): Record<string, unknown> {
    const isQuery = database === undefined && rest.query !== undefined;
    if (typeof database !== 'string' && !isQuery) return rest;
    const name = isQuery ? this.databases.find()?.name : this.databases.nameOf(String(database));
    return name === undefined ? rest : { ...rest, database: name };
  }

  @Operation(exploring.listDatabases)
  listDatabases(input: InputOf<typeof exploring.listDatabases>): OutputOf<typeof exploring.listDatabases> {
    return {
      databases: this.chosen(input.database).map(({ name, aliases, problem, writable }) => ({
        name,
        aliases: [...aliases],
        state: problem === undefined ? 'ready' : 'unavailable',
        ...(problem !== undefined && { reason: problem }),
        writable,
      })),
    };
  }

  @Operation(exploring.listSchemas)
  async listSchemas(input: InputOf<typeof exploring.listSchemas>, { signal }: OperationContext) {
    return { schemas: await listSchemas(this.databases.get(input.database), signal) };
  }

  @Operation(exploring.listTables)
  listTables(input: InputOf<typeof exploring.listTables>, { signal }: OperationContext) {
    return listTables(this.databases.get(input.database), input, signal);
  }

  @Operation(exploring.describeTable)
  describeTable(input: InputOf<typeof exploring.describeTable>, { signal }: OperationContext) {
    return describeTable(this.databases.get(input.database), input, signal);
  }

  @Operation(exploring.listObjects)
  listObjects(input: InputOf<typeof exploring.listObjects>, { signal }: OperationContext) {
    return listObjects(this.databases.get(input.database), input, signal);
  }

  @Operation(exploring.listIndexes)
  listIndexes(input: InputOf<typeof exploring.listIndexes>, { signal }: OperationContext) {
    return listIndexes(this.databases.get(input.database), input, signal);
  }

  @Operation(exploring.listExtensions)
  listExtensions(input: InputOf<typeof exploring.listExtensions>, { signal }: OperationContext) {
    return listExtensions(this.databases.get(input.database), input, signal);
  }

  @Operation(exploring.listViews)
  listViews(input: InputOf<typeof exploring.listViews>, { signal }: OperationContext) {
    return listViews(this.databases.get(input.database), input, signal);
  }

  @Operation(querying.query)
  async query(
    input: InputOf<typeof querying.query>,
    context: OperationContext,
  ): Promise<OutputOf<typeof querying.query>> {
    const { cursor, query, params = [], limit = DEFAULT_ROWS } = input;
    if (cursor !== undefined) return this.pages.at(cursor, input, context);
    if (input.database === undefined) throw invalidField('database', 'the name of a database', 'nothing');
    const database = this.databases.get(input.database);
    if (query === undefined) throw invalidField('query', 'a statement, or the cursor of an earlier answer', 'nothing');
    const inspected = this.guard.known(query) ?? (await this.guard.inspect(query));
    const { functions, json } = requireParams(inspected, params);
    return await this.pages.first(
      database,
      { query, params, json, timeoutMs: input.timeoutMs, functions, limit },
      context,
    );
  }

  @Operation(querying.sqlQuery)
  sqlQuery(input: InputOf<typeof querying.sqlQuery>, context: OperationContext) {
    if (input.cursor !== undefined) return this.query(input, context);
    return this.query({ ...input, database: this.databases.get(input.database).name }, context);
  }

  @Operation(querying.explain)
  async explain(
    input: InputOf<typeof querying.explain>,
    { signal }: OperationContext,
  ): Promise<OutputOf<typeof querying.explain>> {
    const { query, params = [], analyze, format } = input;
    const database = this.databases.get(input.database);
    const { kind, functions, json } = requireParams(await this.guard.inspect(query), params);
    if (kind !== 'select') throw invalidField('query', 'a SELECT, VALUES or TABLE', kind.toUpperCase());
    const options = analyze ? 'ANALYZE, BUFFERS, ' : '';
    const text = `EXPLAIN (${options}FORMAT ${format}) ${query}`;
    const request = { text, params, json, functions, maxRows: 10_000, maxBytes: MAX_ANSWER_BYTES };
    const { rows } = await database.read({ ...request, ...(format === 'json' && { parse: parsePlan }) }, signal);
    const lines = rows.map((row) => row['QUERY PLAN']);
    return { format, plan: format === 'json' ? lines[0] : lines.join('\n') };
  }

  @Operation(querying.execute)
  async execute(
    input: InputOf<typeof querying.execute>,
    { signal }: OperationContext,
  ): Promise<OutputOf<typeof querying.execute>> {
    const { query, params = [], timeoutMs } = input;
    const database = this.databases.get(input.database);
    database.requireWritable();
    const { json } = requireParams(await this.guard.inspectChange(query), params);
    const request = { text: query, params, json, maxRows: MAX_RETURNED_ROWS, maxBytes: MAX_ANSWER_BYTES };
    return database.write({ ...request, ...(timeoutMs !== undefined && { timeoutMs }) }, signal);
  }

  @Operation(watching.stats)
  async stats(
    input: InputOf<typeof watching.stats>,
    { signal }: OperationContext,
  ): Promise<OutputOf<typeof watching.stats>> {
    const databases = this.chosen(input.database);
    return { databases: await Promise.all(databases.map((database) => statisticsOf(database, signal))) };
  }

  @Operation(watching.tableStats)
  tableStats(input: InputOf<typeof watching.tableStats>, { signal }: OperationContext) {
    return tableStats(this.databases.get(input.database), input, signal);
  }

  @Operation(watching.settings)
  settings(input: InputOf<typeof watching.settings>, { signal }: OperationContext) {
    return serverSettings(this.databases.get(input.database), input, signal);
  }

  @Operation(watching.activeQueries)
  activeQueries(input: InputOf<typeof watching.activeQueries>, { signal }: OperationContext) {
    return activeQueries(this.databases.get(input.database), input, signal);
  }

  @Operation(watching.locks)
  locks(input: InputOf<typeof watching.locks>, { signal }: OperationContext) {
    return waitingForLocks(this.databases.get(input.database), input, signal);
  }

  @Operation(watching.topQueries)
  topQueries(input: InputOf<typeof watching.topQueries>, { signal }: OperationContext) {
    return topQueries(this.databases.get(input.database), input, signal);
  }

  @Operation(watching.cancelQuery)
  cancelQuery(input: InputOf<typeof watching.cancelQuery>, { signal }: OperationContext) {
    return cancelQuery(this.databases.get(input.database), input, signal);
  }

  @Operation(judging.healthCheck)
  healthCheck(input: InputOf<typeof judging.healthCheck>, { signal }: OperationContext) {
    return healthCheck(this.databases.get(input.database), input.checks, signal);
  }

  @Operation(judging.indexAdvice)
  indexAdvice(input: InputOf<typeof judging.indexAdvice>, { signal }: OperationContext) {
    return adviseOnIndexes(this.databases.get(input.database), this.guard, input.queries, signal);
  }

  @Prompt(prompts.explore)
  explore(input: prompts.ExploreArguments) {
    return prompts.exploreMessages(input);
  }

  @Prompt(prompts.tune)
  tune(input: prompts.TuneArguments) {
    return prompts.tuneMessages(input);
  }

  private chosen(name: string | undefined) {
    const first = this.databases.get(name);
    return name === undefined ? this.databases.all() : [first];
  }
}
