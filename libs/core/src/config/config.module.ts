import { Module, type DynamicModule } from '@nestjs/common';
import { GatewayVersion } from './gateway-version.js';
import type { SettingsValues } from './read-settings.js';

/** Makes every settings class injectable by its type, and the gateway's version. */
@Module({})
export class ConfigModule {
  static of(values: SettingsValues, version: GatewayVersion): DynamicModule {
    const settings = [...values].map(([provide, useValue]) => ({ provide, useValue }));
    const providers = [...settings, { provide: GatewayVersion, useValue: version }];
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
