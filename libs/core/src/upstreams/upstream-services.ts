import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ServiceStatus } from '#libs/kit';
import type { CatalogOperation, CatalogService } from '../catalog/catalog-entry.js';
import { Catalog } from '../catalog/catalog.js';
import { Guardrails } from '../execution/guardrails/guardrails.js';
import type { Params } from './connection.js';
import { operationOf } from './upstream-tool.js';
import { Upstreams, type Definition, type Upstream } from './upstream.js';

/** Keeps the catalog's services of upstreams as those are: a service each, an operation for each tool. */
@Injectable()
export class UpstreamServices implements OnApplicationBootstrap {
  private readonly logger = new Logger('Upstreams');
  /**
   * So that what did not change stays the same object, for whoever compares. By upstream, since one that comes in the place
   * of another takes over its definitions.
   */
  private readonly operations = new WeakMap<Upstream, WeakMap<Definition, CatalogOperation>>();
  private readonly services = new Map<string, { tools: readonly Definition[]; service: CatalogService }>();

  constructor(
    private readonly upstreams: Upstreams,
    private readonly catalog: Catalog,
    private readonly guardrails: Guardrails,
  ) {}

  private readonly guard = (said: Params) => this.guardrails.fromUpstream(said);

  onApplicationBootstrap(): void {
    this.refresh();
    this.upstreams.onChange(({ kind }) => {
      if (kind === 'tools' || kind === 'state') this.refresh();
    });
  }

  private refresh(): void {
    const shown = this.upstreams.all().filter((upstream) => upstream.status().state !== 'disabled');
    const names = new Set(shown.map(({ name }) => name));
    let changed = [...this.services.keys()].some((name) => !names.has(name) && this.services.delete(name));
    for (const upstream of shown) {
      const { tools } = upstream.offer;
      if (this.services.get(upstream.name)?.tools === tools) continue;
      this.services.set(upstream.name, { tools, service: this.serviceOf(upstream, tools) });
      changed = true;
    }
    if (changed) this.catalog.replaceLive([...this.services.values()].map(({ service }) => service));
  }

  private serviceOf(upstream: Upstream, tools: readonly Definition[]): CatalogService {
    const { version } = upstream.offer.serverInfo;
    return {
      name: upstream.name,
      version: typeof version === 'string' ? version : '',
      description: upstream.description,
      location: upstream.status().state === 'reference' ? 'local' : 'upstream',
      operations: this.distinct(upstream, tools),
      prompts: [],
      status: () => statusOf(upstream),
      pools: () => [],
    };
  }

  /** Two tools of one name can't both be called; a hash makes it all but impossible otherwise. */
  private distinct(upstream: Upstream, tools: readonly Definition[]): CatalogOperation[] {
    const byTool = new Map<string, CatalogOperation>();
    for (const definition of tools) {
      const operation = this.operationOf(upstream, definition);
      if (byTool.has(operation.tool)) this.logger.warn(`${upstream.name} has a second tool ${operation.tool}`);
      else byTool.set(operation.tool, operation);
    }
    return [...byTool.values()];
  }

  private operationOf(upstream: Upstream, definition: Definition): CatalogOperation {
    const ofUpstream = this.operations.get(upstream) ?? new WeakMap<Definition, CatalogOperation>();
    this.operations.set(upstream, ofUpstream);
    const operation = ofUpstream.get(definition) ?? operationOf(upstream, definition, this.guard);
    ofUpstream.set(definition, operation);
    return operation;
  }
}

function statusOf(upstream: Upstream): ServiceStatus {
  const { state, lastFailure, quarantined } = upstream.status();
  const waiting = quarantined > 0 ? `${quarantined} of its definitions have changed and wait for an admin` : undefined;
  switch (state) {
    case 'ready':
    case 'idle':
      return waiting === undefined ? { state: 'ready' } : { state: 'degraded', reason: waiting };
    case 'starting':
      return { state: 'degraded', reason: 'It is being started' };
    case 'degraded':
    case 'unavailable':
      return { state, reason: lastFailure ? `${lastFailure.stage}: ${lastFailure.message}` : 'It does not answer' };
    case 'disabled':
      return { state: 'unavailable', reason: 'It is switched off' };
    case 'reference':
      return { state: 'reference', reason: 'It runs with the agent; set "enabled": true to run it here' };
  }
}
