import { Injectable, type OnModuleInit } from '@nestjs/common';
import { distance } from 'fastest-levenshtein';
import { OperationError, type Caller } from '#libs/kit';
import { Policy } from '../access/policy/policy.js';
import type { CatalogOperation, CatalogService } from './catalog-entry.js';
import { CatalogExplorer } from './catalog.explorer.js';
import { canonical } from './names.js';

/** How many near names an error suggests. */
const SUGGESTIONS = 3;

/** What exists, and who may see it. */
@Injectable()
export class Catalog implements OnModuleInit {
  private declared: readonly CatalogService[] = [];
  private all: readonly CatalogService[] = [];
  private readonly byId = new Map<string, CatalogOperation>();
  private readonly byTool = new Map<string, CatalogOperation>();
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly explorer: CatalogExplorer,
    private readonly policy: Policy,
  ) {}

  /** Every service is instantiated by now, in whichever module it lives. */
  onModuleInit(): void {
    this.declared = this.explorer.explore();
    this.index([]);
  }

  /** The same array until something changes. */
  get services(): readonly CatalogService[] {
    return this.all;
  }

  /** Whether a name belongs to a service of the gateway's own, which nothing from outside may take. */
  isDeclared(name: string): boolean {
    return this.declared.some((service) => service.name === name);
  }

  /** Takes up what comes and goes while the gateway runs, in the place of what was there of that before. */
  replaceLive(live: readonly CatalogService[]): void {
    this.index(live);
    for (const listener of this.listeners) listener();
  }

  /** Tells of every change after the start. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** An operation by `service.operation`, where there is one. */
  known(id: string): CatalogOperation | undefined {
    return this.byId.get(id) ?? this.byId.get(canonical(id));
  }

  /** Whether there is a tool of this name, in its one spelling. */
  isTool(name: string): boolean {
    return this.byTool.has(name);
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

  /** An operation of one service by its very name. Throws `unknown` as `find` does. */
  findExact(service: string, name: string, caller: Caller): CatalogOperation {
    const operation = this.byId.get(`${service}.${name}`);
    if (operation?.name === name) return operation;
    const visible = this.visibleTo(caller).find((candidate) => candidate.name === service);
    const names = visible?.operations.map((each) => each.name) ?? [];
    throw unknown('tool', name, nearest(name, names));
  }

  /** As `findTool`, where what the caller may not use is unknown too. */
  findVisibleTool(name: string, caller: Caller): CatalogOperation {
    const operation = this.byTool.get(name) ?? this.byTool.get(canonical(name));
    if (operation && this.policy.mayCall(caller, operation)) return operation;
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

  /**
   * The services, each with the operations that the caller may use. Where the caller may use none the service is left out,
   * but for one that offers nothing itself, which whoever may read it is told about.
   */
  visibleTo(caller: Caller): CatalogService[] {
    return this.services.flatMap((service) => {
      const operations = service.operations.filter((operation) => this.policy.mayCall(caller, operation));
      const isShown =
        operations.length > 0 || (service.operations.length === 0 && this.policy.mayUse(caller, service.name));
      return isShown ? { ...service, operations } : [];
    });
  }

  visibleOperations(caller: Caller): CatalogOperation[] {
    return this.visibleTo(caller).flatMap((service) => service.operations);
  }

  private index(live: readonly CatalogService[]): void {
    this.all = [...this.declared, ...live];
    this.byId.clear();
    this.byTool.clear();
    const operations = this.all.flatMap((service) => service.operations);
    for (const operation of operations) {
      this.byId.set(operation.id, operation);
      this.byTool.set(operation.tool, operation);
    }
    // an exact name comes before one that is only spelled alike
    for (const operation of operations) {
      const { service, name, aliases } = operation;
      addIfFree(this.byTool, canonical(operation.tool), operation);
      for (const each of [name, ...aliases]) addIfFree(this.byId, canonical(`${service}.${each}`), operation);
      for (const alias of aliases) addIfFree(this.byTool, canonical(`${service}_${alias}`), operation);
    }
  }

  private unknownTool(name: string, caller: Caller): OperationError {
    const tools = this.visibleOperations(caller).map(({ tool }) => tool);
    return unknown('tool', name, nearest(name, tools));
  }
}

function addIfFree(map: Map<string, CatalogOperation>, name: string, operation: CatalogOperation): void {
  if (!map.has(name)) map.set(name, operation);
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
