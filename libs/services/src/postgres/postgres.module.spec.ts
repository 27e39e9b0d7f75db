import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EmbeddedDatabases, operationOf, StoredResults } from '#libs/kit';
import { PostgresModule } from './postgres.module.js';
import { PostgresService } from './postgres.service.js';
import { PostgresSettings } from './postgres.settings.js';

const settings: PostgresSettings = {
  poolMin: 0,
  poolMax: 1,
  idleTimeoutMs: 1_000,
  queryTimeoutMs: 1_000,
  databases: new Map(),
};

@Global()
@Module({
  providers: [
    { provide: PostgresSettings, useValue: settings },
    { provide: EmbeddedDatabases, useValue: { available: false } },
    { provide: StoredResults, useValue: {} },
  ],
  exports: [PostgresSettings, EmbeddedDatabases, StoredResults],
})
class FromTheGateway {}

describe('PostgresModule', () => {
  it('needs the settings, the embedded databases and a place for results, nothing else', async () => {
    const module = await Test.createTestingModule({ imports: [FromTheGateway, PostgresModule] }).compile();
    await module.init();
    expect(module.get(PostgresService).serviceStatus()).toEqual({
      state: 'not configured',
      missing: ['POSTGRES_<ID>_URL'],
    });
    await module.close();
  });

  it('declares operations that only read, but for two, and describe every field', () => {
    const methods = Object.getOwnPropertyNames(PostgresService.prototype) as (keyof PostgresService)[];
    const operations = methods.map((key) => operationOf(PostgresService.prototype[key])).filter((each) => !!each);
    const others = operations.filter(({ permission, annotations }) => permission !== 'read' || !annotations?.readOnly);
    expect(operations).toHaveLength(21);
    expect(others.map(({ name, permission, annotations }) => ({ name, permission, annotations }))).toEqual([
      { name: 'execute', permission: 'write', annotations: { readOnly: false, destructive: true, idempotent: false } },
      {
        name: 'cancel-query',
        permission: 'admin',
        annotations: { readOnly: false, destructive: true, idempotent: false },
      },
    ]);
    for (const { name, input } of operations) {
      const { properties = {} } = z.toJSONSchema(input, { io: 'input' });
      const silent = Object.entries(properties).filter(([, field]) => !(field as { description?: string }).description);
      expect(silent, name).toEqual([]);
    }
  });

  it('asks for "write" only where a plan runs the query', () => {
    const explain = operationOf(PostgresService.prototype.explain);
    expect([true, false].map((analyze) => explain?.argumentPermission?.({ analyze }))).toEqual(['write', undefined]);
  });

  it('asks for "admin" where a change defines tables', () => {
    const execute = operationOf(PostgresService.prototype.execute);
    const asks = (query: string) => execute?.argumentPermission?.({ query });
    expect(['DROP TABLE a', 'DELETE FROM a'].map(asks)).toEqual(['admin', undefined]);
  });
});
