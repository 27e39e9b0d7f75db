import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { GatewayVersion } from '../config/gateway-version.js';
import type { CatalogOperation, CatalogService } from './catalog-entry.js';
import { Catalog } from './catalog.js';
import { TokenCosts } from './token-costs.js';

/** The catalog as doors show it, filtered to the caller. */
@Injectable()
export class CatalogView {
  constructor(
    private readonly catalog: Catalog,
    private readonly costs: TokenCosts,
    private readonly version: GatewayVersion,
  ) {}

  async all(caller: Caller) {
    const costs = await this.costs.all();
    const services = this.catalog.visibleTo(caller).map((service) => showService(service, costs));
    return { version: this.version.number, services };
  }

  async one(name: string, caller: Caller) {
    return showService(this.catalog.findService(name, caller), await this.costs.all());
  }

  tools(caller: Caller) {
    const tools = this.catalog
      .visibleOperations(caller)
      .map(({ tool, description, service, permission, inputSchema }) => ({
        name: tool,
        description,
        service,
        permission,
        inputSchema,
      }));
    return { tools };
  }
}

function showService(service: CatalogService, costs: ReadonlyMap<string, number>) {
  const { state, reason, missing } = service.status();
  const operations = service.operations.map((operation) => showOperation(operation, costs.get(operation.id) ?? 0));
  return {
    name: service.name,
    version: service.version,
    description: service.description,
    location: service.location,
    status: state,
    ...(reason !== undefined && { reason }),
    ...(missing !== undefined && { missing }),
    capabilities: operations.map(({ title, description }) => title ?? firstSentence(description)),
    commands: service.operations.flatMap(slashLines),
    tokenCost: operations.reduce((sum, { tokenCost }) => sum + tokenCost, 0),
    operations,
  };
}

function showOperation(operation: CatalogOperation, tokenCost: number) {
  const { id, name, tool, title, description, permission, annotations, inputSchema, outputSchema } = operation;
  const [slash] = slashLines(operation);
  return {
    id,
    name,
    tool,
    ...(title !== undefined && { title }),
    description,
    permission,
    annotations,
    inputSchema,
    outputSchema,
    ...(slash !== undefined && { slash }),
    tokenCost,
  };
}

export function slashLines(operation: CatalogOperation): string[] {
  return operation.patterns.map((pattern) => `/mcp-${operation.service} ${pattern}`);
}

export function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}
