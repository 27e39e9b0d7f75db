import { readFileSync } from 'node:fs';
import type { Setting, SettingFamily, SettingsClass } from '#libs/kit';
import { StartError } from '#libs/kit';
import { ConfigFile, configFileName } from './config-file.js';
import { ConfigFileSettings } from './config-file.settings.js';
import { ConfigKeys, memberKey, type DeclaredKey } from './config-keys.js';
import { Configuration, type ConfigEntry } from './configuration.js';
import type { Environment } from './environment.js';
import { parseJsonValue, parseText, type Parsed } from './setting-value.js';

/**
 * Parses every declared setting once: from its variable, else from the config file, else its default. All that is wrong
 * is told in one StartError: the variable or the key in its file and what it should be, never its value.
 * `known`: all that the file may hold, where not all of it is read here; 'anything' where others look at it.
 */
export function readSettings(
  classes: readonly SettingsClass[],
  environment: Environment,
  known: readonly SettingsClass[] | 'anything' = classes,
): Configuration {
  const all = new Set([ConfigFileSettings, ...classes]);
  const keys = new ConfigKeys([...all, ...(known === 'anything' ? [] : known)]);
  const { path } = ConfigFileSettings.shape;
  const named = environment.MCP_CONFIG_FILE?.trim();
  const file = ConfigFile.read(configFileName(named || String((path as Setting).fallback)), Boolean(named), keys);
  const reader = new SettingsReader(environment, file);
  const settings = new Map<SettingsClass, object>();
  for (const type of all) settings.set(type, reader.read(type));
  const problems = [...(known === 'anything' ? [] : file.problems), ...reader.problems];
  if (problems.length > 0) {
    throw new StartError(`The configuration has mistakes:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
  }
  return new Configuration(keys, settings, reader.entries, file.warnings, environment);
}

type ReadValue = Pick<ConfigEntry, 'value' | 'origin' | 'given'>;

class SettingsReader {
  readonly problems: string[] = [];
  readonly entries = new Map<string, ConfigEntry>();

  constructor(
    private readonly environment: Environment,
    private readonly file: ConfigFile,
  ) {}

  read(type: SettingsClass): object {
    const instance = new type({} as never);
    for (const [member, declared] of Object.entries(type.shape)) {
      if ('members' in declared) Object.assign(instance, { [member]: this.readFamily(declared) });
      else this.readInto(instance, member, { key: declared.key, variable: declared.name, setting: declared });
    }
    return instance;
  }

  private readFamily(family: SettingFamily): Map<string, object> {
    const found = new Map<string, object>();
    for (const id of this.idsOf(family)) {
      const values = {};
      for (const [member, declared] of Object.entries(family.members)) {
        this.readInto(values, member, memberKey(family, id, declared));
      }
      found.set(id, values);
    }
    return found;
  }

  /** In upper case with `_`, as variables have it; those of the file have their member `key` there or in a variable. */
  private idsOf(family: SettingFamily): Set<string> {
    const keySetting = family.members[family.key];
    if (!keySetting) return new Set();
    const prefix = family.prefix.replace('<ID>_', '');
    const pattern = new RegExp(`^${prefix}([A-Z0-9]+(?:_[A-Z0-9]+)*)_${keySetting.name}(?:_FILE)?$`);
    const ids = Object.entries(this.environment).flatMap(([name, text]) => {
      const id = pattern.exec(name)?.[1];
      return id === undefined || text === undefined || text === '' ? [] : [id];
    });
    const all = new Set(ids);
    const start = family.section.slice(0, -'<id>'.length);
    for (const key of this.file.values.keys()) {
      const [id, ...member] = key.startsWith(start) ? key.slice(start.length).split('.') : [];
      if (id === undefined || member.length === 0) continue;
      const known = memberKey(family, id, keySetting);
      const inVariable = id.toUpperCase().replaceAll('-', '_');
      if (this.file.values.has(known.key)) all.add(inVariable);
      else if (!all.has(inVariable)) this.problems.push(`${key} in ${this.file.name} needs ${known.key} beside it`);
    }
    return all;
  }

  private readInto(holder: object, member: string, declared: DeclaredKey): void {
    const read = this.readValue(declared);
    Object.assign(holder, { [member]: read.value });
    this.entries.set(declared.key, { ...declared, ...read, holder: holder as Record<string, unknown>, member });
  }

  private readValue({ key, variable, setting }: DeclaredKey): ReadValue {
    const text = this.textOf(setting, variable);
    const inFile = this.file.values.get(key);
    // looked at where a variable goes before it too: a mistake is told when it is made
    const fromFile =
      inFile === undefined ? undefined : this.valueOf(`${key} in ${this.file.name}`, parseJsonValue(setting, inFile));
    if (text !== undefined) {
      return { value: this.valueOf(variable, parseText(setting, text)), origin: 'environment', given: text };
    }
    if (inFile !== undefined) return { value: fromFile, origin: 'file', given: inFile };
    const value =
      setting.fallback === undefined ? undefined : this.valueOf(variable, parseText(setting, setting.fallback));
    return { value, origin: 'default', given: undefined };
  }

  private valueOf(where: string, parsed: Parsed): unknown {
    if (parsed.ok) return parsed.value;
    this.problems.push(`${where} must be ${parsed.expected}`);
    return undefined;
  }

  /** An empty variable counts as unset, as compose files write it. */
  private textOf(declared: Setting, name: string): string | undefined {
    const given = [name, ...declared.aliases]
      .map((candidate) => ({ candidate, text: this.environment[candidate]?.trim() }))
      .filter(({ text }) => text !== undefined && text !== '');
    if (new Set(given.map(({ text }) => text)).size > 1) {
      this.problems.push(`${given.map(({ candidate }) => candidate).join(' and ')} are set to different values`);
    }
    const fromFile = declared.secret ? this.fileText(`${name}_FILE`) : undefined;
    if (fromFile !== undefined && given[0]) {
      this.problems.push(`${name} and ${name}_FILE are both set; keep one`);
    }
    return given[0]?.text ?? fromFile;
  }

  private fileText(name: string): string | undefined {
    const path = this.environment[name];
    if (!path) return undefined;
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      this.problems.push(`${name} must be the path of a file that the gateway can read`);
      return undefined;
    }
  }
}
