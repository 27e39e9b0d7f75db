import type { CallerBudget } from '#libs/kit';
import { canonical } from '../catalog/names.js';
import { budgetOf, type Budget } from './budget.js';
import type { LimitDocument, SharedDocument } from './limit-document.js';

const OTHERS = '*';

/** What all callers may take of something together, and what each of them may. */
export interface SharedBudget {
  readonly all: Budget;
  readonly eachCaller: Budget | undefined;
}

/** The setting `limits`, made ready to be asked by every call. */
export class LimitTable {
  private readonly callers: Named<CallerBudget>;
  private readonly teams: Named<Budget>;
  private readonly services: Named<SharedBudget>;
  private readonly operations: Named<SharedBudget>;
  /** Whether calls are counted against nothing but their caller. */
  readonly isOfCallersAlone: boolean;

  constructor({ callers, teams, services, operations }: LimitDocument) {
    const ofOthers = callers[OTHERS];
    this.callers = named(callers, (own) => ({ ...ofOthers, ...own }));
    this.teams = named(teams, budgetOf);
    this.services = named(services, sharedBudget, canonical);
    this.operations = named(operations, sharedBudget, canonical);
    this.isOfCallersAlone = this.teams.isEmpty && this.services.isEmpty && this.operations.isEmpty;
  }

  caller(id: string): CallerBudget | undefined {
    return this.callers.find(id);
  }

  team(name: string): Budget | undefined {
    return this.teams.find(name);
  }

  service(name: string): SharedBudget | undefined {
    return this.services.find(canonical(name));
  }

  /** By its id. */
  operation(id: string): SharedBudget | undefined {
    return this.operations.find(canonical(id));
  }
}

function sharedBudget({ eachCaller, ...all }: SharedDocument): SharedBudget {
  return { all: budgetOf(all), eachCaller: eachCaller && budgetOf(eachCaller) };
}

/** Values by name, with one for all other names. */
class Named<T> {
  private readonly ofOthers: T | undefined;

  constructor(private readonly values: ReadonlyMap<string, T>) {
    this.ofOthers = values.get(OTHERS);
  }

  get isEmpty(): boolean {
    return this.values.size === 0;
  }

  find(name: string): T | undefined {
    return this.isEmpty ? undefined : (this.values.get(name) ?? this.ofOthers);
  }
}

function named<E, T>(entries: Readonly<Record<string, E>>, read: (entry: E) => T, nameOf = same): Named<T> {
  return new Named(new Map(Object.entries(entries).map(([name, entry]) => [nameOf(name), read(entry)])));
}

function same(name: string): string {
  return name;
}
