import { Worker } from 'node:worker_threads';
import { Injectable } from '@nestjs/common';
import { Catalog } from './catalog.js';
import { toolDefinition } from './tool-definition.js';

/**
 * What each tool's definition costs an agent in tokens (o200k_base), by operation id. Counted once, by a real tokenizer,
 * when first asked for.
 */
@Injectable()
export class TokenCosts {
  private counted: Promise<ReadonlyMap<string, number>> | undefined;

  constructor(private readonly catalog: Catalog) {}

  all(): Promise<ReadonlyMap<string, number>> {
    this.counted ??= this.count().catch((error: unknown) => {
      this.counted = undefined;
      throw error;
    });
    return this.counted;
  }

  private async count(): Promise<ReadonlyMap<string, number>> {
    const operations = this.catalog.services.flatMap((service) => service.operations);
    const texts = operations.map((operation) => JSON.stringify(toolDefinition(operation)));
    const costs = await countTokens(texts);
    return new Map(operations.map((operation, i) => [operation.id, costs[i] ?? 0]));
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
