import { readFileSync } from 'node:fs';
import { normalize } from 'node:path';
import { StartError } from '#libs/kit';
import type { ConfigKeys } from './config-keys.js';
import { flatKeys, isObject } from './flat-keys.js';
import { jsonMistake } from './json-mistake.js';
import { serverMembers } from '../upstreams/server-entry.js';

/** The values of the config file, by key. */
export class ConfigFile {
  readonly values = new Map<string, unknown>();
  /** Texts that refuse the start, each naming a key and the file. */
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  constructor(
    /** As it is told to people. */
    readonly name: string,
    content: Record<string, unknown>,
    private readonly keys: ConfigKeys,
  ) {
    this.take(content);
  }

  /**
   * Reads the file. Throws a StartError that names it where it can't be read or is no JSON; a file that nobody named may
   * be missing.
   */
  static read(name: string, isNamed: boolean, keys: ConfigKeys): ConfigFile {
    const text = readText(name, isNamed);
    return new ConfigFile(name, text === undefined ? {} : parse(name, text), keys);
  }

  private take(content: Record<string, unknown>): void {
    const idle = new Set<string>();
    for (const [path, value] of flatKeys(withoutNotes(content), (key) => this.keys.isLeaf(key))) {
      const declared = this.keys.find(path);
      if (declared) this.add(declared.key, value);
      else if (this.keys.isUnused(path)) idle.add(path);
      else if (!isObject(value) || !this.keys.isSection(path)) this.problems.push(this.unknown(path));
      if (path === 'mcpServers') this.warnOfMembers(value);
    }
    if (idle.size > 0) {
      const list = [...idle].map(printable).sort().join(', ');
      this.warnings.push(`${this.name}: this version does not use ${list} yet`);
    }
  }

  private add(key: string, value: unknown): void {
    if (this.values.has(key)) this.problems.push(`${key} in ${this.name} is given twice; keep one`);
    if (key === 'configFile') this.problems.push(`${key} in ${this.name} has no meaning; set MCP_CONFIG_FILE`);
    // as in the environment, nothing is the same as not set
    if (value !== null && value !== '') this.values.set(key, value);
  }

  private warnOfMembers(servers: unknown): void {
    for (const [name, server] of isObject(servers) ? Object.entries(servers) : []) {
      const members = isObject(server) ? Object.keys(server) : [];
      for (const member of members.filter((each) => !serverMembers.has(each))) {
        this.warnings.push(`${this.name}: mcpServers.${printable(name)}.${printable(member)} is not known`);
      }
    }
  }

  private unknown(path: string): string {
    const near = this.keys.near(path);
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
    return `${printable(path)} in ${this.name} is no setting${hint}`;
  }
}

/** Members such as `$schema` are for people and their editors. */
function withoutNotes(content: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(content).filter(([key]) => !key.startsWith('$')));
}

export function configFileName(path: string): string {
  return normalize(path);
}

function readText(name: string, isNamed: boolean): string | undefined {
  try {
    return readFileSync(name, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isNamed) return undefined;
    const which = isNamed ? `MCP_CONFIG_FILE names ${name}, which` : name;
    throw new StartError(`${which} ${code === 'ENOENT' ? 'does not exist' : `can't be read (${code})`}.`, {
      cause: error,
    });
  }
}

function parse(name: string, text: string): Record<string, unknown> {
  const mistake = jsonMistake(text);
  if (mistake) {
    throw new StartError(`${name} is no JSON: the mistake is at line ${mistake.line}, column ${mistake.column}.`);
  }
  const content: unknown = JSON.parse(text);
  if (!isObject(content)) throw new StartError(`${name} must hold a JSON object, such as {"server": {"port": 8100}}.`);
  return content;
}

function printable(key: string): string {
  return key.slice(0, 100).replaceAll(/[\p{Cc}\p{Cs}]/gu, '?');
}
