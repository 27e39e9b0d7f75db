import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoSeed } from './demo.js';
import { contextOf, queryOn, TestDatabase } from './testing/test-database.js';

describe('what a database holds', () => {
  const given = new TestDatabase();

  beforeAll(
    () =>
      given.create(
        demoSeed +
          `
    CREATE SCHEMA audit;
    CREATE TABLE audit.events (id serial PRIMARY KEY, what text);
    COMMENT ON SCHEMA audit IS 'Who did what';
    CREATE TABLE empty_table (a int);
    ANALYZE audit.events`,
      ),
    30_000,
  );
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  it('lists its schemas', async () => {
    expect(await given.start().listSchemas({ database: 'test' }, contextOf())).toEqual({
      schemas: [
        { name: 'audit', tables: 1, views: 0, description: 'Who did what' },
        { name: 'public', tables: 6, views: 1, description: 'standard public schema' },
      ],
    });
  });

  it('lists its tables, with the schema where it is not public', async () => {
    const answer = await given.start().listTables({ database: 'test', includeViews: false }, contextOf());
    expect(answer.tables).toEqual([
      'courses',
      'empty_table',
      'enrollments',
      'users',
      'videos',
      'watch_events',
      'audit.events',
    ]);
    expect(answer.details[3]).toEqual({
      schema: 'public',
      name: 'users',
      kind: 'table',
      rows: 2000,
      bytes: expect.any(Number) as number,
      description: 'People on the platform: learners, teachers and admins',
    });
    expect(answer.details[1]).toMatchObject({ name: 'empty_table', rows: null, bytes: 0 });
  });

  it('counts the rows of a partitioned table once, however deep its partitions are', async () => {
    await given.owner.query(`
      CREATE SCHEMA parts; GRANT USAGE ON SCHEMA parts TO ${given.writer};
      CREATE TABLE parts.whole (id int) PARTITION BY RANGE (id);
      CREATE TABLE parts.half PARTITION OF parts.whole FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (id);
      CREATE TABLE parts.leaf PARTITION OF parts.half FOR VALUES FROM (0) TO (1000);
      CREATE TABLE parts.other PARTITION OF parts.whole FOR VALUES FROM (1000) TO (2000);
      CREATE TABLE parts.none (id int) PARTITION BY RANGE (id);
      INSERT INTO parts.whole SELECT generate_series(0, 1999); ANALYZE parts.whole`);
    const input = { database: 'test', schema: 'parts', includeViews: false };
    const { details } = await given.start().listTables(input, contextOf());
    await given.owner.query('DROP SCHEMA parts CASCADE');
    expect(details).toMatchObject([
      { name: 'none', rows: null, bytes: 0 },
      { name: 'whole', rows: 2_000, bytes: expect.any(Number) as number },
    ]);
  });

  it('lists the tables and views of one schema', async () => {
    const service = given.start();
    const audit = await service.listTables({ database: 'test-db', schema: 'audit', includeViews: true }, contextOf());
    expect(audit.tables).toEqual(['audit.events']);
    const all = await service.listTables({ database: 'TEST', schema: 'public', includeViews: true }, contextOf());
    expect(all.details.find((table) => table.kind === 'view')).toEqual({
      schema: 'public',
      name: 'course_popularity',
      kind: 'view',
      rows: null,
      bytes: null,
      description: 'Enrollments, completions and average rating by course',
    });
  });

  it('describes a table', async () => {
    const answer = await given.start().describeTable({ database: 'test', table: 'videos' }, contextOf());
    expect(answer).toEqual({
      schema: 'public',
      name: 'videos',
      kind: 'table',
      rows: 600,
      bytes: expect.any(Number) as number,
      description: 'Lessons of a course in their order',
      columns: [
        ['id', 'integer', null, true],
        ['course_id', 'integer', null, false],
        ['position', 'integer', null, false],
        ['title', 'text', null, false],
        ['duration', 'interval', null, false],
        ['created_at', 'timestamp with time zone', null, false],
      ].map(([column, type, fallback, identity]) => ({
        name: column,
        type,
        nullable: false,
        default: fallback,
        identity,
        generated: false,
        description: null,
      })),
      constraints: [
        { name: 'videos_pkey', kind: 'primary key', columns: ['id'], definition: 'PRIMARY KEY (id)' },
        {
          name: 'videos_course_id_fkey',
          kind: 'foreign key',
          columns: ['course_id'],
          definition: 'FOREIGN KEY (course_id) REFERENCES courses(id)',
        },
        {
          name: 'videos_course_id_position_key',
          kind: 'unique',
          columns: ['course_id', 'position'],
          definition: 'UNIQUE (course_id, "position")',
        },
      ],
      foreignKeys: [
        { name: 'videos_course_id_fkey', columns: ['course_id'], table: 'courses', referencedColumns: ['id'] },
      ],
      referencedBy: [{ name: 'watch_events_video_id_fkey', table: 'watch_events', columns: ['video_id'] }],
      indexes: [
        ['videos_pkey', true, 'CREATE UNIQUE INDEX videos_pkey ON public.videos USING btree (id)'],
        [
          'videos_course_id_position_key',
          false,
          'CREATE UNIQUE INDEX videos_course_id_position_key ON public.videos USING btree (course_id, "position")',
        ],
      ].map(([index, primary, definition]) => ({
        name: index,
        unique: true,
        primary,
        valid: true,
        definition,
        bytes: expect.any(Number) as number,
      })),
    });
  });

  it('tells a foreign key of a partitioned table once, at the table and at each partition', async () => {
    await given.owner.query(`
      CREATE SCHEMA keys; GRANT USAGE ON SCHEMA keys TO ${given.writer};
      CREATE TABLE keys.plain (id int PRIMARY KEY);
      CREATE TABLE keys.days (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE keys.days_half PARTITION OF keys.days FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
      CREATE TABLE keys.days_leaf PARTITION OF keys.days_half FOR VALUES FROM (0) TO (10);
      CREATE TABLE keys.days_rest PARTITION OF keys.days DEFAULT;
      CREATE TABLE keys.notes (day int REFERENCES keys.days);
      CREATE TABLE keys.visits (id int REFERENCES keys.plain, day int REFERENCES keys.days) PARTITION BY RANGE (day);
      CREATE TABLE keys.visits_half PARTITION OF keys.visits FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (day);
      CREATE TABLE keys.visits_leaf PARTITION OF keys.visits_half FOR VALUES FROM (0) TO (10);
      CREATE TABLE keys.visits_rest PARTITION OF keys.visits DEFAULT`);
    const service = given.start();
    const keysOf = async (table: string) => {
      const told = await service.describeTable({ database: 'test', table, schema: 'keys' }, contextOf());
      return {
        constraints: told.constraints.filter(({ kind }) => kind === 'foreign key').length,
        to: told.foreignKeys.map((key) => `${key.columns.join()} ${key.table}`),
        from: told.referencedBy.map((key) => `${key.table} ${key.columns.join()}`).sort(),
      };
    };
    const visits = { constraints: 2, to: ['day keys.days', 'id keys.plain'], from: [] };
    const days = { constraints: 0, to: [], from: ['keys.notes day', 'keys.visits day'] };
    const found = {
      notes: await keysOf('notes'),
      visits: await keysOf('visits'),
      visits_half: await keysOf('visits_half'),
      visits_leaf: await keysOf('visits_leaf'),
      visits_rest: await keysOf('visits_rest'),
      plain: await keysOf('plain'),
      days: await keysOf('days'),
      days_half: await keysOf('days_half'),
      days_leaf: await keysOf('days_leaf'),
    };
    await given.owner.query('DROP SCHEMA keys CASCADE');
    expect(found).toEqual({
      notes: { constraints: 1, to: ['day keys.days'], from: [] },
      visits,
      visits_half: visits,
      visits_leaf: visits,
      visits_rest: visits,
      plain: { constraints: 0, to: [], from: ['keys.visits id'] },
      days,
      days_half: days,
      days_leaf: days,
    });
  });

  it.each([
    [{ table: 'audit.events' }, 'audit'],
    [{ table: 'events', schema: 'audit' }, 'audit'],
    [{ table: 'events' }, 'audit'],
    [{ table: 'course_popularity' }, 'public'],
  ])('finds %j', async (input, schema) => {
    const answer = await given.start().describeTable({ database: 'test', ...input }, contextOf());
    expect(answer.schema).toBe(schema);
  });

  it('suggests near names for an unknown table', async () => {
    await expect(given.start().describeTable({ database: 'test', table: 'user' }, contextOf())).rejects.toMatchObject({
      kind: 'failed',
      message: 'There is no table or view "user"; did you mean users?',
      details: { didYouMean: ['users'] },
    });
    await expect(
      given.start().describeTable({ database: 'test', table: 'zzzzzzzz' }, contextOf()),
    ).rejects.toMatchObject({
      kind: 'failed',
      message: 'There is no table or view "zzzzzzzz"; list-tables shows what there is',
    });
  });

  it('explains a query, by an index of the demo data', async () => {
    const service = given.start();
    const input = { database: 'test', query: 'SELECT * FROM watch_events WHERE user_id = $1', params: [7] };
    const text = await service.explain({ ...input, analyze: false, format: 'text' }, contextOf());
    expect(text).toEqual({ format: 'text', plan: expect.stringContaining('watch_events_user') as string });
    const json = await service.explain({ ...input, analyze: true, format: 'json' }, contextOf());
    expect(json).toMatchObject({ format: 'json', plan: [{ Plan: { 'Actual Loops': 1 } }] });
  });

  it('tells all numbers of a plan as numbers, also those that JavaScript has none for', async () => {
    const million = ['a', 'b', 'c', 'd'].map((name) => `generate_series(1, 1000000) ${name}`).join(', ');
    const input = { database: 'test', query: `SELECT count(*) FROM ${million}`, analyze: false };
    const { plan } = await given.start().explain({ ...input, format: 'json' }, contextOf());
    expect(plan).toMatchObject([{ Plan: { 'Total Cost': expect.any(Number) as number } }]);
    expect(JSON.stringify(plan)).not.toMatch(/"\d/);
  });

  it.each(['EXPLAIN SELECT 1', 'SHOW work_mem', 'DELETE FROM users', 'SELECT 1 INTO a'])(
    'does not explain %s',
    async (sql) => {
      const input = { database: 'test', query: sql, analyze: true, format: 'text' as const };
      await expect(given.start().explain(input, contextOf())).rejects.toMatchObject({ kind: 'invalid' });
    },
  );

  it('shows statistics of the pool and of the database', async () => {
    const service = given.start();
    await queryOn(service, 'SELECT 1');
    const { databases } = await service.stats({}, contextOf());
    expect(databases).toMatchObject([{ name: 'test', pool: { size: 1, idle: 1, waiting: 0, max: 1 } }]);
    expect(databases[0]?.totals?.bytes).toBeGreaterThan(1_000_000);
  });

  it('lists databases with their state', async () => {
    const service = given.start();
    await queryOn(service, 'SELECT 1');
    expect(service.listDatabases({})).toEqual({
      databases: [{ name: 'test', aliases: ['test-db'], state: 'ready', writable: false }],
    });
  });
});
