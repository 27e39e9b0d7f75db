import { Worker } from 'node:worker_threads';
import { Injectable } from '@nestjs/common';
import type { CatalogOperation, CatalogService } from './catalog-entry.js';
import { Catalog } from './catalog.js';
import { toolDefinition } from './tool-definition.js';

/**
 * What each tool's definition costs an agent in tokens (o200k_base), by operation id. Counted by a real tokenizer when
 * first asked for, and again only what has changed since.
 */
@Injectable()
export class TokenCosts {
  private readonly known = new WeakMap<CatalogOperation, number>();
  private counted: Promise<ReadonlyMap<string, number>> | undefined;
  private countedOf: readonly CatalogService[] | undefined;

  constructor(private readonly catalog: Catalog) {}

  all(): Promise<ReadonlyMap<string, number>> {
    if (this.counted && this.countedOf === this.catalog.services) return this.counted;
    this.countedOf = this.catalog.services;
    this.counted = this.count(this.countedOf).catch((error: unknown) => {
      this.counted = undefined;
      throw error;
    });
    return this.counted;
  }

  private async count(services: readonly CatalogService[]): Promise<ReadonlyMap<string, number>> {
    const operations = services.flatMap((service) => service.operations);
    const uncounted = operations.filter((operation) => !this.known.has(operation));
    const texts = uncounted.map((operation) => JSON.stringify(toolDefinition(operation)));
    const costs = texts.length === 0 ? [] : await countTokens(texts);
    uncounted.forEach((operation, i) => this.known.set(operation, costs[i] ?? 0));
    return new Map(operations.map((operation) => [operation.id, this.known.get(operation) ?? 0]));
  }
}

function countTokens(texts: readonly string[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./token-cost.worker.js', import.meta.url), { workerData: texts });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new Error('The tokenizer ended without an answer'));
    });
  });
}
