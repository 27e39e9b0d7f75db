import MiniSearch, { type Query } from 'minisearch';
import type { CatalogOperation, CatalogService } from '../catalog-entry.js';
import { canonical } from '../names.js';
import { alternativesTo } from './synonyms.js';
import { partsOf, termOf, wordsOf } from './words.js';

interface Entry {
  readonly id: number;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly service: string;
  readonly about: string;
  readonly parameters: string;
}

export interface Hit {
  readonly operation: CatalogOperation;
  readonly score: number;
}

const boost = { name: 2, title: 2, service: 2, description: 2, parameters: 0.6, about: 0.4 };
/** Shorter words match too much where only their beginning or most of their letters count. */
const MIN_PREFIX = 3;
const MIN_FUZZY = 5;
/** Words of a query that count: each costs a walk through the index. */
const MAX_TERMS = 32;
/** Weight of a word that only might have been said. */
const ALTERNATIVE = 0.35;
const exactly = { prefix: false, fuzzy: false } as const;

/** A full-text index over operations, in memory. */
export class ToolIndex {
  private readonly entries = new Map<CatalogOperation, Entry>();
  private readonly byId = new Map<number, CatalogOperation>();
  private lastId = 0;
  private readonly index = new MiniSearch<Entry>({
    fields: Object.keys(boost),
    tokenize: (text, field) => (field === 'name' ? partsOf(text) : wordsOf(text)),
    processTerm: termOf,
    searchOptions: {
      // the terms of a query are made before, see expanded()
      tokenize: (term) => [term],
      processTerm: (term) => term,
      boost,
      prefix: (term) => term.length >= MIN_PREFIX,
      fuzzy: (term) => (term.length >= MIN_FUZZY ? 0.2 : false),
      maxFuzzy: 2,
      weights: { prefix: 0.4, fuzzy: 0.2 },
    },
  });

  get size(): number {
    return this.entries.size;
  }

  /** Takes up what is new and drops what is gone; what stayed the same costs nothing. */
  update(services: readonly CatalogService[]): void {
    const gone = new Set(this.entries.keys());
    for (const service of services) {
      for (const operation of service.operations) {
        if (!gone.delete(operation)) this.add(operation, service);
      }
    }
    for (const operation of gone) this.remove(operation);
  }

  /** The operations that fit, the best first, among those that `accept` lets through. */
  search(query: string, accept: (operation: CatalogOperation) => boolean): Hit[] {
    const hits: Hit[] = [];
    for (const { id, score } of this.index.search(expanded(query))) {
      const operation = this.byId.get(id as number);
      if (operation && accept(operation)) hits.push({ operation, score });
    }
    // whoever names a tool means it, however well its name fits others
    const named = canonical(query.trim());
    const first = hits.findIndex(({ operation }) => canonical(operation.tool) === named);
    return first > 0 ? [...hits.splice(first, 1), ...hits] : hits;
  }

  private add(operation: CatalogOperation, service: CatalogService): void {
    this.lastId += 1;
    const entry = {
      id: this.lastId,
      name: operation.tool,
      title: operation.title ?? '',
      description: operation.description,
      service: service.name,
      about: service.description,
      parameters: parametersText(operation),
    };
    this.entries.set(operation, entry);
    this.byId.set(entry.id, operation);
    this.index.add(entry);
  }

  private remove(operation: CatalogOperation): void {
    const entry = this.entries.get(operation);
    if (!entry) return;
    this.index.remove(entry);
    this.byId.delete(entry.id);
    this.entries.delete(operation);
  }
}

/** The query's own words, and with less weight what might be said instead. */
function expanded(query: string): Query {
  const all = new Set(wordsOf(query).flatMap((word) => termOf(word) ?? []));
  const terms = [...all].slice(0, MAX_TERMS);
  const alternatives = { queries: alternativesTo(terms), boostTerm: () => ALTERNATIVE, ...exactly };
  return { combineWith: 'OR', queries: [{ queries: terms, combineWith: 'OR' }, alternatives] };
}

function parametersText({ inputSchema }: CatalogOperation): string {
  // an upstream's schema may hold anything
  const { properties } = inputSchema as { properties?: unknown };
  if (typeof properties !== 'object' || properties === null) return '';
  return Object.entries(properties as Record<string, unknown>)
    .map(([name, schema]) => {
      const { description } = (schema ?? {}) as { description?: unknown };
      return typeof description === 'string' ? `${name} ${description}` : name;
    })
    .join('\n');
}
