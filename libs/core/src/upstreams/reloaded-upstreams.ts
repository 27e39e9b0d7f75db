import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigReload, type ValueTaker } from '../config/config-reload.js';
import { Configuration } from '../config/configuration.js';
import { namedDifferences } from '../config/named-differences.js';
import { Redactor } from '../observability/redaction.js';
import { knownServers } from './known-servers.js';
import type { ServerEntry } from './server-entry.js';
import { secretsOfServers } from './server-secrets.js';
import { SupervisedUpstreams } from './supervised-upstreams.js';
import { configOf, referenceTo } from './upstream-config.js';
import { UpstreamsSettings } from './upstreams.settings.js';

/** Follows `mcpServers` while the gateway runs; an upstream whose entry stays as it was is not touched. */
@Injectable()
export class ReloadedUpstreams implements OnModuleInit, ValueTaker {
  /** As they are supervised. */
  private readonly used = new Map<string, ServerEntry>();

  constructor(
    private readonly settings: UpstreamsSettings,
    private readonly configuration: Configuration,
    private readonly upstreams: SupervisedUpstreams,
    private readonly redactor: Redactor,
    private readonly reload: ConfigReload,
  ) {}

  onModuleInit(): void {
    for (const [name, entry] of Object.entries(this.settings.servers)) this.used.set(name, entry);
    this.reload.take('mcpServers', this);
  }

  refusalOf(value: unknown): string | undefined {
    const taken = Object.keys(value as object).find((name) => {
      const held = this.upstreams.find(name);
      return held ? held.origin === 'admin' : this.upstreams.isTaken(name);
    });
    return taken && `${taken} is the name of a service, or of an upstream that an admin registered`;
  }

  async use(value: unknown): Promise<void> {
    const servers = value as UpstreamsSettings['servers'];
    this.redactor.learn(secretsOfServers({ servers }, this.configuration.environment));
    const { added, removed, changed } = namedDifferences(Object.fromEntries(this.used), servers);
    const here = Object.entries(servers).filter(([name]) => added.includes(name) || changed.includes(name));
    await Promise.all([...removed.map((name) => this.drop(name)), ...here.map((entry) => this.put(...entry))]);
  }

  private async put(name: string, entry: ServerEntry): Promise<void> {
    await this.upstreams.put(configOf(name, entry, this.configuration.environment));
    this.used.set(name, entry);
  }

  /** A known server is told about where nobody names it. */
  private async drop(name: string): Promise<void> {
    if (knownServers.has(name)) await this.upstreams.put(referenceTo(name));
    else await this.upstreams.withdraw(name);
    this.used.delete(name);
  }
}
