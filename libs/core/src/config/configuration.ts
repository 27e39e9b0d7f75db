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
  /** What it was read from: the text of a variable, or what the file has; undefined for a default. */
  readonly given: unknown;
  /** The settings object, and its member. */
  readonly holder: Record<string, unknown>;
  readonly member: string;
}

/** The settings of the gateway as they were read at the start, and as the config file has changed them since. */
export class Configuration {
  constructor(
    readonly keys: ConfigKeys,
    readonly settings: ReadonlyMap<SettingsClass, object>,
    /** By key. */
    readonly entries: Map<string, ConfigEntry>,
    /** What an operator should know, for the log. */
    readonly warnings: readonly string[],
    /** For texts of the config that refer to variables. */
    readonly environment: Environment,
  ) {}

  /** Files that hold secrets, as `<NAME>_FILE` and a few settings name them. */
  get secretFiles(): string[] {
    return [...this.entries.values()].flatMap(({ variable, setting, value }) => {
      const named = setting.namesSecret ? (value as string | undefined) : undefined;
      const path = setting.secret ? this.environment[`${variable}_FILE`] : named;
      return path ? [path] : [];
    });
  }

  /** Puts what was read anew below the runtime changes, in the place of what was read before. */
  rebase({ key, value, origin, given }: ConfigEntry): ConfigEntry | undefined {
    const before = this.entries.get(key);
    if (!before) return undefined;
    const entry = { ...before, value, origin, given };
    this.entries.set(key, entry);
    return entry;
  }

  /** The settings of a class, as they are injected. */
  get(type: SettingsClass): object | undefined {
    return this.settings.get(type);
  }
}
