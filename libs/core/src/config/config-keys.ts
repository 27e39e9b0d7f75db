import { distance } from 'fastest-levenshtein';
import type { Setting, SettingFamily, SettingsClass } from '#libs/kit';

/** A setting under its dotted key; a family's member under that of its `<id>`. */
export interface DeclaredKey {
  readonly key: string;
  readonly variable: string;
  readonly setting: Setting;
}

/** Sections and keys that people have in their files and that this version does not use. */
const unused = [
  'tools.enableReal',
  'tools.workingDir',
  'tools.timeout',
  'tools.allowedCommands',
  'monitoring.healthCheckInterval',
];

const ID = /^[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*$/;
const SUGGESTIONS = 3;

/** Every key that a config file may hold, as the settings classes declare them. */
export class ConfigKeys {
  private readonly declared = new Map<string, DeclaredKey>();
  private readonly families: SettingFamily[] = [];

  /** Throws an Error for a key that two settings share, and for a secret that could be changed at runtime. */
  constructor(classes: Iterable<SettingsClass>) {
    for (const entry of [...new Set(classes)].flatMap(({ shape }) => Object.values(shape))) {
      if ('members' in entry) this.families.push(entry);
      else this.declare({ key: entry.key, variable: entry.name, setting: entry });
    }
  }

  /** Everything declared, a family's members with `<id>` in their keys. */
  all(): DeclaredKey[] {
    const members = this.families.flatMap((family) =>
      Object.values(family.members).map((setting) => ({
        key: `${family.section}.${setting.key}`,
        variable: `${family.prefix}${setting.name}`,
        setting,
      })),
    );
    return [...this.declared.values(), ...members];
  }

  /** The setting of a key; its own `key` is written as everywhere else, whichever way the <id> came. */
  find(key: string): DeclaredKey | undefined {
    return this.declared.get(key) ?? this.findMember(key);
  }

  isUnused(key: string): boolean {
    return unused.some((known) => key === known || key.startsWith(`${known}.`)) && !this.declared.has(key);
  }

  /** Whether a key's value is taken whole, also when it is an object. */
  isLeaf(key: string): boolean {
    return this.declared.has(key) || (unused.includes(key) && !this.isSectionOf(key, this.all()));
  }

  /** Whether keys stand below this one. */
  isSection(key: string): boolean {
    return this.isSectionOf(key, [...this.all(), ...unused.map((known) => ({ key: known }))]);
  }

  /** Known keys that a mistaken one may mean; the name of a variable means its key. */
  near(key: string): string[] {
    const wanted = key.toLowerCase();
    const known = this.all();
    const named = known.find(({ variable, setting }) => [variable, ...setting.aliases].includes(key.toUpperCase()));
    if (named) return [named.key];
    const last = (path: string) => path.slice(path.lastIndexOf('.') + 1);
    return [...new Set([...known.map((declared) => declared.key), ...unused])]
      .map((candidate) => {
        const text = candidate.toLowerCase();
        const far = Math.min(distance(text, wanted), distance(last(text), last(wanted)) + 1);
        return { candidate, far };
      })
      .filter(({ far }) => far <= Math.max(2, Math.ceil(last(wanted).length / 3)))
      .sort((a, b) => a.far - b.far)
      .slice(0, SUGGESTIONS)
      .map(({ candidate }) => candidate);
  }

  private isSectionOf(key: string, known: readonly { key: string }[]): boolean {
    return known.some((each) => each.key.startsWith(`${key}.`));
  }

  private declare(declared: DeclaredKey): void {
    const { key, variable, setting } = declared;
    const other = this.declared.get(key);
    if (other) throw new Error(`${variable} and ${other.variable} have the same key, ${key}`);
    // the store keeps runtime values as they are, and its history those before them
    if (setting.secret && setting.runtime)
      throw new Error(`${variable} is a secret, which can't be changed at runtime`);
    this.declared.set(key, declared);
  }

  private findMember(key: string): DeclaredKey | undefined {
    for (const family of this.families) {
      const start = family.section.slice(0, -'<id>'.length);
      const [id = '', name, ...more] = key.slice(start.length).split('.');
      if (!key.startsWith(start) || more.length > 0 || !ID.test(id)) continue;
      const setting = Object.values(family.members).find((member) => member.key === name);
      if (setting) return memberKey(family, id, setting);
    }
    return undefined;
  }
}

/** A family's member for one `<ID>`: upper-case with `_` in variables, lower-case with `-` in keys. */
export function memberKey(family: SettingFamily, id: string, setting: Setting): DeclaredKey {
  const inKey = id.toLowerCase().replaceAll('_', '-');
  const inVariable = id.toUpperCase().replaceAll('-', '_');
  return {
    key: `${family.section.replace('<id>', inKey)}.${setting.key}`,
    variable: `${family.prefix.replace('<ID>', inVariable)}${setting.name}`,
    setting,
  };
}
