import { Injectable } from '@nestjs/common';
import { StoredToolsets } from '../catalog/stored-toolsets.js';
import { Configuration } from '../config/configuration.js';
import { isObject } from '../config/flat-keys.js';
import { RuntimeConfig, type EntryInForce } from '../config/runtime-config.js';
import { isSame, parseJsonValue, plain, shown } from '../config/setting-value.js';
import { entryOf, exportedServer } from '../upstreams/exported-server.js';
import { RegisteredUpstreams } from '../upstreams/registered-upstreams.js';

/** Names the config file itself, so it has no meaning in one. */
const NOT_IN_FILES = new Set(['configFile', 'mcpServers', 'toolsets']);

type Document = Record<string, unknown>;

/** The gateway's configuration as a config file would say it. */
@Injectable()
export class ConfigExport {
  constructor(
    private readonly configuration: Configuration,
    private readonly runtime: RuntimeConfig,
    private readonly toolsets: StoredToolsets,
    private readonly registered: RegisteredUpstreams,
  ) {}

  /** All that is no default; `$secrets` names the variables that hold what is left out. */
  document(): Document {
    const document: Document = {};
    const secrets = new Set<string>();
    for (const each of this.runtime.inForce()) {
      const { entry, origin } = each;
      if (origin === 'default' || NOT_IN_FILES.has(entry.key)) continue;
      if (isSecret(each)) secrets.add(entry.variable);
      else put(document, entry.key.split('.'), written(each));
    }
    const servers = Object.entries(this.servers());
    for (const { variables } of servers.map(([, server]) => server)) for (const name of variables) secrets.add(name);
    const toolsets = this.toolsets.all();
    return {
      $secrets: [...secrets].sort(),
      ...document,
      ...(servers.length > 0 && {
        mcpServers: Object.fromEntries(servers.map(([name, { entry }]) => [name, entry])),
      }),
      ...(toolsets.length > 0 && {
        toolsets: Object.fromEntries(
          toolsets.map(({ name, tools, description }) => [name, { tools, ...(description && { description }) }]),
        ),
      }),
    };
  }

  /** Those of the config and those that admins registered, by name, without their credentials. */
  servers() {
    return Object.fromEntries(
      Object.entries(this.written()).map(([name, entry]) => [name, exportedServer(name, entry)]),
    );
  }

  /** The same as they were written, with all that they hold. */
  written(): Record<string, unknown> {
    const given = this.configuration.entries.get('mcpServers')?.given;
    const configured: unknown = typeof given === 'string' ? JSON.parse(given) : given;
    const registered: Record<string, unknown> = Object.fromEntries(
      this.registered.all().map(({ registration }) => [registration.name, entryOf(registration)]),
    );
    return { ...registered, ...(isObject(configured) ? configured : {}) };
  }

  isRegistered(upstream: string): boolean {
    return this.registered.find(upstream) !== undefined;
  }
}

function isSecret({ entry, value }: EntryInForce): boolean {
  return entry.setting.secret || !isSame(shown(entry.setting, value), value);
}

/** Of its natural type, where that says the same as what was written. */
function written({ entry, value, given }: EntryInForce): unknown {
  const natural = plain(value);
  const parsed = parseJsonValue(entry.setting, natural);
  return parsed.ok && isSame(parsed.value, value) ? natural : given;
}

function put(document: Document, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) document[name] = value;
  else put((document[name] ??= {}) as Document, rest, value);
}
