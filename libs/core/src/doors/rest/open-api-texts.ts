import { Injectable } from '@nestjs/common';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import { GatewayVersion } from '../../config/gateway-version.js';
import { openApiDocument } from './open-api.js';

/** Callers share few views of the catalog. */
const MOST = 4;

/** OpenAPI documents as they are sent. One takes milliseconds to write, in which nobody else is served. */
@Injectable()
export class OpenApiTexts {
  private readonly texts = new Map<readonly CatalogOperation[], Buffer>();

  constructor(private readonly version: GatewayVersion) {}

  /** Of the operations that a caller may use. */
  of(operations: readonly CatalogOperation[]): Buffer {
    for (const [known, text] of this.texts) if (areSame(known, operations)) return text;
    const text = Buffer.from(JSON.stringify(openApiDocument(this.version.number, operations)));
    const [oldest] = this.texts.keys();
    if (oldest && this.texts.size >= MOST) this.texts.delete(oldest);
    this.texts.set(operations, text);
    return text;
  }
}

function areSame(one: readonly CatalogOperation[], other: readonly CatalogOperation[]): boolean {
  return one.length === other.length && one.every((operation, index) => operation === other[index]);
}
