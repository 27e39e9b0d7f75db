import { Injectable } from '@nestjs/common';
import type { InputIssue } from '#libs/kit';
import { StoredToolsets } from '../catalog/stored-toolsets.js';
import type { ToolsetSettings } from '../catalog/toolset.settings.js';
import { ConfigReload } from '../config/config-reload.js';
import { Configuration } from '../config/configuration.js';
import { namedDifferences, type NamedDifferences } from '../config/named-differences.js';
import { isSame, shown } from '../config/setting-value.js';
import { isObject } from '../config/flat-keys.js';
import { readDocument, type WantedValue } from './config-document.js';
import { ConfigExport } from './config-export.js';

export interface PlannedChange {
  key: string;
  from: unknown;
  to: unknown;
  /** Counts from the next start on, and only where it stands in the environment or the config file. */
  needsRestart: boolean;
}

export interface Plan {
  changes: PlannedChange[];
  upstreams: NamedDifferences;
  toolsets: NamedDifferences;
  /** Everything wanted that differs, by key. */
  wanted: ReadonlyMap<string, WantedValue>;
  /** What a change at runtime can do of it, as the texts of variables. */
  texts: ReadonlyMap<string, string>;
  /** What it can't. */
  refusals: InputIssue[];
}

const nothing: NamedDifferences = { added: [], removed: [], changed: [] };

/** Compares a document with what is in force. What the document does not name stays as it is. */
@Injectable()
export class ConfigPlan {
  constructor(
    private readonly configuration: Configuration,
    private readonly reload: ConfigReload,
    private readonly exported: ConfigExport,
    private readonly toolsets: StoredToolsets,
  ) {}

  /** Throws `invalid` for what is no such document. */
  of(body: unknown): Plan {
    const all = readDocument(body, this.configuration.keys);
    const [servers, toolsets] = [all.get('mcpServers'), all.get('toolsets')];
    const wanted = new Map([...all].filter(([key, { value }]) => !isSame(value, this.valueOf(key))));
    const upstreams = servers ? this.upstreams(servers.given) : nothing;
    const ofToolsets = toolsets ? this.toolsetChanges(toolsets.value) : nothing;
    const plain = [...wanted.values()].filter(({ declared: { key } }) => key !== 'mcpServers' && key !== 'toolsets');
    const changes = plain.map((each) => this.change(each)).sort((a, b) => (a.key < b.key ? -1 : 1));

    const texts = new Map(plain.filter(({ declared }) => declared.setting.runtime).map(textOf));
    if (toolsets && isAny(ofToolsets)) texts.set('toolsets', this.ownToolsets(toolsets.value));
    return { changes, upstreams, toolsets: ofToolsets, wanted, texts, refusals: refusals(plain, upstreams) };
  }

  private valueOf(key: string): unknown {
    const entry = this.configuration.entries.get(key);
    return entry?.holder[entry.member];
  }

  private change({ declared: { key, setting }, value }: WantedValue): PlannedChange {
    const entry = this.configuration.entries.get(key);
    return {
      key,
      from: shown(setting, this.valueOf(key)),
      to: shown(setting, value),
      needsRestart: !entry || !this.reload.isLive(entry, value),
    };
  }

  /** Entries that only say a credential by its variable are the same as those that hold it. */
  private upstreams(given: unknown): NamedDifferences {
    const wanted = (typeof given === 'string' ? JSON.parse(given) : given) as Record<string, unknown>;
    const now = this.exported.written();
    const shared = Object.entries(this.exported.servers()).filter(([name, { entry }]) => isSame(entry, wanted[name]));
    const same = Object.fromEntries(shared.map(([name]) => [name, wanted[name]]));
    const { removed, ...rest } = namedDifferences({ ...now, ...same }, wanted);
    return { ...rest, removed: removed.filter((name) => !this.exported.isRegistered(name)) };
  }

  /** An admin's that the document does not name stays. */
  private toolsetChanges(value: unknown): NamedDifferences {
    const all = this.toolsets.all();
    const now = Object.fromEntries(all.map(({ name, tools, description }) => [name, { tools, description }]));
    const { removed, ...rest } = namedDifferences(now, isObject(value) ? value : {});
    const configured = new Set(all.filter(({ origin }) => origin === 'file').map(({ name }) => name));
    return { ...rest, removed: removed.filter((name) => configured.has(name)) };
  }

  /** Without those that an admin has made just so. */
  private ownToolsets(value: unknown): string {
    const wanted = Object.entries((value ?? {}) as NonNullable<ToolsetSettings['toolsets']>);
    const made = new Map(this.toolsets.all().map((each) => [each.name, each]));
    const own = wanted.filter(([name, { tools, description }]) => {
      const known = made.get(name);
      const { tools: has, description: says } = known ?? {};
      return known?.origin !== 'admin' || !isSame({ tools, description }, { tools: has, description: says });
    });
    return JSON.stringify(Object.fromEntries(own));
  }
}

function textOf({ declared, text }: WantedValue): [string, string] {
  return [declared.key, text];
}

function refusals(wanted: readonly WantedValue[], upstreams: NamedDifferences): InputIssue[] {
  const fixed = wanted.filter(({ declared }) => !declared.setting.runtime);
  const issues = fixed.map(({ declared: { key, variable } }) => ({
    path: key,
    expected: `no change while the gateway runs: set ${variable} and restart it`,
    got: 'another value',
  }));
  if (!isAny(upstreams)) return issues;
  const expected =
    'the upstreams that there are: what the gateway runs comes from its config file alone, which is taken over when it changes';
  return [...issues, { path: 'mcpServers', expected, got: 'other upstreams' }];
}

function isAny({ added, removed, changed }: NamedDifferences): boolean {
  return added.length + removed.length + changed.length > 0;
}
