import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { MCP_SERVICE, mcpServiceOf, StartError } from '#libs/kit';
import { Configuration } from '../config/configuration.js';
import { knownServers } from './known-servers.js';
import { configOf, referenceTo, type UpstreamConfig } from './upstream-config.js';
import { UpstreamsSettings } from './upstreams.settings.js';

/** The upstreams of the config, and the names that none may have. */
@Injectable()
export class ConfiguredUpstreams {
  constructor(
    private readonly settings: UpstreamsSettings,
    private readonly configuration: Configuration,
    private readonly discovery: DiscoveryService,
  ) {}

  /** Those of the config, and the references that it does not name. Throws a StartError for a name that is taken. */
  read(): UpstreamConfig[] {
    const taken = this.serviceNames();
    const entries = Object.entries(this.settings.servers);
    for (const [name] of entries) {
      if (taken.has(name)) {
        throw new StartError(`mcpServers.${name} has the name of a service of the gateway. Give it another one.`);
      }
    }
    const configured = entries.map(([name, entry]) => configOf(name, entry, this.configuration.environment));
    const named = new Set(entries.map(([name]) => name));
    const references = [...knownServers.keys()].filter((name) => !named.has(name) && !taken.has(name));
    return [...configured, ...references.map(referenceTo)];
  }

  /** Of the gateway's own services, which no upstream may take the place of. */
  serviceNames(): ReadonlySet<string> {
    const names = this.discovery
      .getProviders({ metadataKey: MCP_SERVICE })
      .map(({ metatype }) => mcpServiceOf(metatype as object)?.name ?? '');
    return new Set(names);
  }
}
