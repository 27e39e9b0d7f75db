import { readFileSync } from 'node:fs';
import type { Setting, SettingFamily, SettingsClass } from '#libs/kit';
import { StartError } from '#libs/kit';
import type { Environment } from './environment.js';

/** Parsed settings by their class, as they are injected. */
export type SettingsValues = ReadonlyMap<SettingsClass, object>;

/**
 * Parses every declared variable once. All that is wrong is told in one StartError: the variable's name and what it
 * should be, never its value.
 */
export function readSettings(classes: Iterable<SettingsClass>, environment: Environment): SettingsValues {
  const reader = new SettingsReader(environment);
  const values = new Map<SettingsClass, object>();
  for (const type of new Set(classes)) values.set(type, reader.read(type));
  if (reader.problems.length > 0) {
    throw new StartError(`The configuration has mistakes:\n${reader.problems.map((line) => `  - ${line}`).join('\n')}`);
  }
  return values;
}

class SettingsReader {
  readonly problems: string[] = [];

  constructor(private readonly environment: Environment) {}

  read(type: SettingsClass): object {
    const values = Object.entries(type.shape).map(([key, declared]) => [
      key,
      'members' in declared ? this.readFamily(declared) : this.readSetting(declared, declared.name),
    ]);
    return new type(Object.fromEntries(values) as never);
  }

  private readFamily(family: SettingFamily): Map<string, object> {
    const keySetting = family.members[family.key];
    if (!keySetting) return new Map();
    const prefix = family.prefix.replace('<ID>_', '');
    const pattern = new RegExp(`^${prefix}([A-Z0-9]+(?:_[A-Z0-9]+)*)_${keySetting.name}(?:_FILE)?$`);
    const found = new Map<string, object>();
    for (const [name, text] of Object.entries(this.environment)) {
      const id = pattern.exec(name)?.[1];
      if (id === undefined || text === undefined || text === '') continue;
      const members = Object.entries(family.members).map(([key, member]) => [
        key,
        this.readSetting(member, `${prefix}${id}_${member.name}`),
      ]);
      found.set(id, Object.fromEntries(members) as object);
    }
    return found;
  }

  private readSetting(declared: Setting, name: string): unknown {
    const text = this.textOf(declared, name) ?? declared.fallback;
    if (text === undefined) return undefined;
    const parsed = declared.schema.safeParse(text);
    if (parsed.success) return parsed.data;
    const reason = parsed.error.issues.find((issue) => issue.code === 'custom')?.message;
    this.problems.push(`${name} must be ${declared.schema.description ?? 'valid'}${reason ? ` (${reason})` : ''}`);
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
