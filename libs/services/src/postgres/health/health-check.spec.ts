import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contextOf, TestDatabase } from '../testing/test-database.js';
import type { checkNames } from '../operations/judging.js';

type CheckName = (typeof checkNames)[number];

describe('the health of a database', () => {
  const given = new TestDatabase();

  beforeAll(() => given.create('CREATE TABLE users (id int PRIMARY KEY, name text)'), 30_000);
  afterEach(() => given.stopServices());
  afterAll(() => given.drop());

  const look = (...checks: CheckName[]) =>
    given.start().healthCheck({ database: 'test', ...(checks.length > 0 && { checks }) }, contextOf());
  const one = async (name: CheckName) => (await look(name)).checks[0]!;
  const seed = (sql: string) => given.owner.query(sql);

  it('is looked at from every side, and is well at first', async () => {
    const answer = await look();
    expect(answer.checks.map(({ name }) => name)).toEqual([
      'buffer-hit',
      'connections',
      'indexes',
      'vacuum',
      'sequences',
      'replication',
      'constraints',
    ]);
    // The server is shared: how many connections others have is theirs.
    const own = answer.checks.filter(({ name }) => !['connections', 'replication'].includes(name));
    expect(own.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(answer.checks.find(({ name }) => name === 'connections')?.details).toEqual([
      expect.objectContaining({ used: expect.any(Number) as number, max: expect.any(Number) as number }),
    ]);
  });

  it('runs each wanted check once, and tells the worst', async () => {
    const answer = await look('constraints', 'sequences', 'constraints');
    expect(answer).toMatchObject({ status: 'ok', checks: [{ name: 'constraints' }, { name: 'sequences' }] });
  });

  it('finds invalid, duplicate and unused indexes, and no others', async () => {
    await seed(`
      CREATE TABLE orders (id int PRIMARY KEY, customer int, day date, state text, note text, UNIQUE (customer, day));
      INSERT INTO orders SELECT n, n, '2026-01-01', 'open', 'x' FROM generate_series(1, 60000) n;
      CREATE INDEX orders_id ON orders (id);
      CREATE INDEX orders_customer ON orders (customer);
      CREATE INDEX orders_day ON orders (day);
      CREATE INDEX orders_day_again ON orders (day);
      CREATE INDEX orders_day_down ON orders (day DESC, id);
      CREATE INDEX orders_open ON orders (customer) WHERE state = 'open';
      CREATE INDEX orders_lower ON orders (lower(state));
      CREATE INDEX orders_lower_again ON orders (lower(state));
      CREATE UNIQUE INDEX orders_unique ON orders (customer, day, id);
      INSERT INTO users VALUES (1, 'twice'), (2, 'twice')`);
    await seed('CREATE UNIQUE INDEX CONCURRENTLY users_broken ON users (name)').catch(() => undefined);
    const { status, summary, details } = await one('indexes');
    expect({ status, summary }).toEqual({
      status: 'problem',
      summary: expect.stringContaining('1 index invalid (a build failed; drop or REINDEX them)') as string,
    });
    const found = (kind: string) =>
      details.filter((each) => each.kind === kind).map(({ name, coveredBy }) => [name, coveredBy]);
    expect(found('invalid')).toEqual([['users_broken', null]]);
    expect(found('duplicate').sort()).toEqual([
      ['orders_customer', 'orders_customer_day_key'],
      ['orders_day_again', 'orders_day'],
      ['orders_id', 'orders_pkey'],
      ['orders_lower_again', 'orders_lower'],
    ]);
    expect(found('unused').map(([name]) => name)).toContain('orders_day_down');
    expect(found('unused').map(([name]) => name)).not.toContain('orders_unique');
  });

  it('finds sequences that will run out', async () => {
    await seed(`
      CREATE TABLE tickets (id smallserial PRIMARY KEY);
      SELECT setval('tickets_id_seq', 30000);
      CREATE TABLE small (id int DEFAULT 1);
      CREATE SEQUENCE small_ids OWNED BY small.id;
      SELECT setval('small_ids', 1700000000);
      CREATE SEQUENCE circle MAXVALUE 10 CYCLE;
      SELECT setval('circle', 10)`);
    expect(await one('sequences')).toMatchObject({
      status: 'warning',
      summary: 'No sequence is beyond 75 % of its range; 3 others may not be read: GRANT SELECT on them',
    });
    await seed(`GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${given.writer}`);
    expect(await one('sequences')).toEqual({
      name: 'sequences',
      status: 'problem',
      summary:
        '2 sequences will run out of numbers, after which inserts fail: tickets.id, small.id; change the column and the sequence to bigint',
      details: [
        expect.objectContaining({ name: 'tickets_id_seq', lastValue: '30000', endsAt: '32767' }),
        expect.objectContaining({ name: 'small_ids', usedBy: 'small.id', endsAt: '2147483647' }),
      ],
    });
  });

  it('finds constraints that were not validated', async () => {
    await seed('ALTER TABLE users ADD CONSTRAINT named CHECK (name IS NOT NULL) NOT VALID');
    expect(await one('constraints')).toMatchObject({
      status: 'warning',
      details: [
        { schema: 'public', table: 'users', name: 'named', definition: 'CHECK ((name IS NOT NULL)) NOT VALID' },
      ],
    });
  });

  it('finds tables full of dead rows', async () => {
    await seed(`
      CREATE TABLE churn (id int) WITH (autovacuum_enabled = false);
      INSERT INTO churn SELECT generate_series(1, 40000);
      DELETE FROM churn WHERE id <= 20000;
      ANALYZE churn`);
    await seed('SELECT pg_stat_force_next_flush()');
    expect(await one('vacuum')).toMatchObject({
      status: 'warning',
      summary: expect.stringContaining('1 table needs a VACUUM') as string,
      details: [{ name: 'churn', deadRows: 20_000, found: 'dead rows' }],
    });
  });

  it('does not take a partitioned table for an old one', async () => {
    await seed(`
      CREATE TABLE parted (id int) PARTITION BY RANGE (id);
      CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10)`);
    const { details } = await one('vacuum');
    expect(details.filter(({ name }) => String(name).startsWith('parted'))).toEqual([]);
  });

  it('tells of a check that it could not make, and makes the others', async () => {
    await given.owner.query('REVOKE SELECT ON pg_sequences FROM PUBLIC');
    expect(await look('sequences', 'constraints')).toMatchObject({
      checks: [
        {
          name: 'sequences',
          status: 'warning',
          summary: expect.stringContaining('Could not be checked: permission denied') as string,
        },
        { name: 'constraints', status: 'warning' },
      ],
    });
  });
});
