import { Failure } from './failure.js';
import type { GatewayClient } from './gateway-client.js';

export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly Schema[];
}

export interface CatalogOperation {
  readonly id: string;
  readonly name: string;
  readonly tool: string;
  readonly description: string;
  readonly permission: string;
  readonly inputSchema: Schema;
  readonly slash?: string;
  readonly tokenCost: number;
}

export interface CatalogService {
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly operations: readonly CatalogOperation[];
}

export interface Found {
  readonly service: string;
  readonly operation: CatalogOperation;
}

export async function servicesOf(gateway: GatewayClient): Promise<readonly CatalogService[]> {
  return (await gateway.get<{ services: readonly CatalogService[] }>('/mcp/catalog', 'services')).services;
}

/** An operation by its id (`postgres.list-tables`) or the name of its tool (`postgres_list_tables`). */
export async function operationNamed(gateway: GatewayClient, name: string): Promise<Found> {
  const wanted = alike(name);
  const all = (await servicesOf(gateway)).flatMap(({ name: service, operations }) =>
    operations.map((operation) => ({ service, operation })),
  );
  const found = all.find(({ operation: { id, tool } }) => alike(id) === wanted || alike(tool) === wanted);
  if (found) return found;
  const advice = 'mcp-gateway tools lists what you may use; mcp-gateway tools search <words> looks for it.';
  throw new Failure('usage', `There is no operation ${name} that you may use`, advice);
}

/** `-` and `_` are the same in names. */
function alike(name: string): string {
  return name.replaceAll('-', '_');
}
