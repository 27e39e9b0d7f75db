import 'reflect-metadata';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { EmbeddedDatabases } from '#libs/kit';
import { ConfigFileSettings } from '../config/config-file.settings.js';
import { Configuration } from '../config/configuration.js';
import { DataDirectory } from './data-directory.js';
import { SecretKey } from './secret-key.js';
import { StoreModule } from './store.module.js';
import { Store } from './store.js';
import { StoreSettings } from './store.settings.js';
import { temporaryDirectory } from './testing/child-programs.js';

describe('StoreModule', () => {
  function boot(values: { databaseUrl?: string; dataDir?: string; secretKey?: string }) {
    const providers = [
      { provide: StoreSettings, useValue: values },
      { provide: ConfigFileSettings, useValue: { path: 'config.json' } },
      { provide: Configuration, useValue: { secretFiles: [] } },
    ];
    const settings = { module: class Settings {}, global: true, providers, exports: providers };
    return Test.createTestingModule({ imports: [settings, StoreModule.with([])] }).compile();
  }

  it('gives the store and the services’ databases one server, in the data directory of the settings', async () => {
    const parent = temporaryDirectory();
    const module = await boot({ dataDir: join(parent, 'data') });
    const directory = module.get(DataDirectory);
    directory.acquire();
    await module.get(Store).start();
    const reader = await module.get(EmbeddedDatabases).provide('demo', 'CREATE TABLE t ()');
    expect(module.get(Store).dataSource.options).toMatchObject({ extra: { port: reader.port } });
    await module.get(Store).stop();
    directory.release();
    rmSync(parent, { recursive: true });
  });

  it('touches nothing before it is started', async () => {
    const module = await boot({
      dataDir: '/proc/no-such-place',
      databaseUrl: 'postgres://nowhere/db',
      secretKey: 'k'.repeat(32),
    });
    expect(module.get(SecretKey).derive('a')).toHaveLength(32);
    expect(module.get(EmbeddedDatabases).available).toBe(false);
    expect(module.get(Store).status()).toEqual({ state: 'starting', everReady: false });
  });
});
