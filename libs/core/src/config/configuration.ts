import type { SettingsClass } from '#libs/kit';
import type { ConfigKeys, DeclaredKey } from './config-keys.js';
import type { Environment } from './environment.js';

/** Where a value comes from; each goes before those that stand before it. */
export type ValueOrigin = 'default' | 'file' | 'environment' | 'runtime';

/** One setting as it was read at the start, and the place from which everybody reads it. */
export interface ConfigEntry extends DeclaredKey {
  /** What stands while no runtime change does. */
  readonly value: unknown;
  readonly origin: Exclude<ValueOrigin, 'runtime'>;
  /** The settings object, and its member. */
  readonly holder: Record<string, unknown>;
  readonly member: string;
}

/** The settings of the gateway as they were read at the start. */
export class Configuration {
  constructor(
    readonly keys: ConfigKeys,
    readonly settings: ReadonlyMap<SettingsClass, object>,
    /** By key. */
    readonly entries: ReadonlyMap<string, ConfigEntry>,
    /** What an operator should know, for the log. */
    readonly warnings: readonly string[],
    /** For texts of the config that refer to variables. */
    readonly environment: Environment,
  ) {}

  /** The settings of a class, as they are injected. */
  get(type: SettingsClass): object | undefined {
    return this.settings.get(type);
  }
}
