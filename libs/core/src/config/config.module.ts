import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigFileWatch } from './config-file-watch.js';
import { ConfigReload } from './config-reload.js';
import { Configuration } from './configuration.js';
import { GatewayVersion } from './gateway-version.js';
import { ManagedConfig } from './managed-config.js';
import { RuntimeConfig } from './runtime-config.js';

/** Makes every settings class injectable by its type, the configuration as a whole, and the gateway's version. */
@Module({})
export class ConfigModule {
  static of(configuration: Configuration, version: GatewayVersion): DynamicModule {
    const settings = [...configuration.settings].map(([provide, useValue]) => ({ provide, useValue }));
    const providers = [
      ...settings,
      { provide: Configuration, useValue: configuration },
      { provide: GatewayVersion, useValue: version },
      ManagedConfig,
      RuntimeConfig,
      ConfigReload,
      ConfigFileWatch,
    ];
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
