import { Injectable, type OnModuleInit } from '@nestjs/common';
import { distance } from 'fastest-levenshtein';
import { OperationError, type Caller } from '#libs/kit';
import { mayCall } from '../access/permissions.js';
import type { CatalogOperation, CatalogService } from './catalog-entry.js';
import { CatalogExplorer } from './catalog.explorer.js';
import { canonical } from './names.js';

/** How many near names an error suggests. */
const SUGGESTIONS = 3;

/** What exists, and who may see it. */
@Injectable()
export class Catalog implements OnModuleInit {
  private found: readonly CatalogService[] = [];
  private readonly byId = new Map<string, CatalogOperation>();
  private readonly byTool = new Map<string, CatalogOperation>();

  constructor(private readonly explorer: CatalogExplorer) {}

  /** Every service is instantiated by now, in whichever module it lives. */
  onModuleInit(): void {
    this.found = this.explorer.explore();
    for (const operation of this.services.flatMap((service) => service.operations)) {
      this.byId.set(canonical(operation.id), operation);
      this.byTool.set(operation.tool, operation);
      this.byTool.set(canonical(operation.tool), operation);
    }
  }

  get services(): readonly CatalogService[] {
    return this.found;
  }

  /** An operation by `service.operation`, where there is one. */
  known(id: string): CatalogOperation | undefined {
    return this.byId.get(id) ?? this.byId.get(canonical(id));
  }

  /** An operation by `service.operation`. Throws `unknown` with near names among those that the caller may see. */
  find(id: string, caller: Caller): CatalogOperation {
    const operation = this.known(id);
    if (operation) return operation;
    const near = nearest(
      id,
      this.visibleOperations(caller).map((visible) => visible.id),
    );
    throw unknown('operation', id, near);
  }

  /** An operation by its tool's name. Throws `unknown` as `find` does. */
  findTool(name: string, caller: Caller): CatalogOperation {
    const operation = this.byTool.get(name) ?? this.byTool.get(canonical(name));
    if (operation) return operation;
    throw this.unknownTool(name, caller);
  }

  /** As `findTool`, where what the caller may not use is unknown too. */
  findVisibleTool(name: string, caller: Caller): CatalogOperation {
    const operation = this.byTool.get(name) ?? this.byTool.get(canonical(name));
    if (operation && mayCall(caller, operation)) return operation;
    throw this.unknownTool(name, caller);
  }

  /** A service with the operations that the caller may use; `unknown` when that is none. */
  findService(name: string, caller: Caller): CatalogService {
    const visible = this.visibleTo(caller);
    const service = visible.find((candidate) => candidate.name === canonical(name));
    if (service) return service;
    throw unknown(
      'service',
      name,
      nearest(
        name,
        visible.map((candidate) => candidate.name),
      ),
    );
  }

  /** The services, each with the operations that the caller may use; such as have none are left out. */
  visibleTo(caller: Caller): CatalogService[] {
    return this.services
      .map((service) => ({
        ...service,
        operations: service.operations.filter((operation) => mayCall(caller, operation)),
      }))
      .filter((service) => service.operations.length > 0);
  }

  visibleOperations(caller: Caller): CatalogOperation[] {
    return this.visibleTo(caller).flatMap((service) => service.operations);
  }

  private unknownTool(name: string, caller: Caller): OperationError {
    const tools = this.visibleOperations(caller).map(({ tool }) => tool);
    return unknown('tool', name, nearest(name, tools));
  }
}

function unknown(what: string, name: string, didYouMean: string[]): OperationError {
  const shown = JSON.stringify(name.slice(0, 80));
  const hint = didYouMean.length > 0 ? ` Did you mean ${didYouMean.join(', ')}?` : '';
  return new OperationError('unknown', `There is no ${what} ${shown}.${hint}`, { didYouMean });
}

/** The names that differ least from what was written, as long as half of what differs at all stays. */
function nearest(written: string, names: readonly string[]): string[] {
  const wanted = canonical(written.slice(0, 80).toLowerCase());
  return names
    .map((name) => ({ name, edits: editsBetween(wanted, canonical(name)) }))
    .filter(({ name, edits }) => edits <= Math.max(2, lengthApart(wanted, canonical(name)) / 2))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, SUGGESTIONS)
    .map(({ name }) => name);
}

function editsBetween(wanted: string, name: string): number {
  return wanted !== '' && name.includes(wanted) ? 1 : distance(wanted, name);
}

/** The longer rest of the two behind the beginning that they share: `postgres.` says nothing of how near they are. */
function lengthApart(one: string, other: string): number {
  let shared = 0;
  while (shared < one.length && one[shared] === other[shared]) shared += 1;
  return Math.max(one.length, other.length) - shared;
}
