import { resolve } from 'node:path';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { EmbeddedDatabases, PrivatePlaces, ServiceStore, type StoreMigrationClass } from '#libs/kit';
import { ConfigFileSettings } from '../config/config-file.settings.js';
import { Configuration } from '../config/configuration.js';
import { ReplicaId } from '../replicas/replica-id.js';
import { DataDirectory } from './data-directory.js';
import { EmbeddedServer } from './embedded/embedded-server.js';
import { ProvidedDatabases } from './embedded/provided-databases.js';
import { SealRenewal } from './seal-renewal.js';
import { SecretKey } from './secret-key.js';
import { Store } from './store.js';
import { StoreForServices } from './store-for-services.js';
import { StoreSettings } from './store.settings.js';

/** What the gateway keeps. The start-up code calls `DataDirectory.acquire`, then `Store.start`, and the reverse at the end. */
@Global()
@Module({
  providers: [
    ReplicaId,
    {
      provide: DataDirectory,
      inject: [StoreSettings],
      useFactory: (settings: StoreSettings) => DataDirectory.of(settings),
    },
    {
      provide: SecretKey,
      inject: [StoreSettings, DataDirectory],
      useFactory: (settings: StoreSettings, directory: DataDirectory) =>
        new SecretKey(settings.secretKey, directory, settings.secretKeyPrevious),
    },
    {
      provide: EmbeddedServer,
      inject: [DataDirectory],
      useFactory: (directory: DataDirectory) => new EmbeddedServer(directory),
    },
    {
      provide: ProvidedDatabases,
      inject: [EmbeddedServer, StoreSettings],
      useFactory: (server: EmbeddedServer, settings: StoreSettings) =>
        new ProvidedDatabases(server, settings.databaseUrl === undefined),
    },
    { provide: EmbeddedDatabases, useExisting: ProvidedDatabases },
    {
      provide: PrivatePlaces,
      inject: [DataDirectory, ConfigFileSettings, Configuration],
      // the working directory holds .env and mostly the program
      useFactory: (
        directory: DataDirectory,
        configFile: ConfigFileSettings,
        configuration: Configuration,
      ): PrivatePlaces => ({
        paths: [directory.location, process.cwd(), configFile.path, ...configuration.secretFiles].map((path) =>
          resolve(path),
        ),
      }),
    },
    { provide: ServiceStore, inject: [Store], useFactory: (store: Store) => new StoreForServices(store) },
  ],
  exports: [DataDirectory, SecretKey, EmbeddedDatabases, PrivatePlaces, ReplicaId, ServiceStore],
})
export class StoreModule {
  /** With the tables of the gateway and those of its services. */
  static with(migrations: readonly StoreMigrationClass[]): DynamicModule {
    const store = {
      provide: Store,
      inject: [StoreSettings, EmbeddedServer, ReplicaId],
      useFactory: (settings: StoreSettings, server: EmbeddedServer, id: ReplicaId) =>
        new Store(settings, server, migrations, id),
    };
    return { module: StoreModule, providers: [store, SealRenewal], exports: [Store] };
  }
}
