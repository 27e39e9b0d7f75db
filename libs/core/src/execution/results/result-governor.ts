import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';

/** What was left out of an answer, and where the rest is. */
export interface Truncation {
  readonly resultId: string;
  readonly shown: number;
  readonly total: number;
  readonly unit: string;
}

export interface ShapedResult {
  readonly json: string;
  readonly truncated?: Truncation;
}

/** Keeps answers within what an agent can take; what is over is stored, and nothing is lost. */
@Injectable()
export class ResultGovernor {
  /** A promise only where something has to be stored. */
  shape(
    data: unknown,
    json: string,
    operation: CatalogOperation,
    caller: Caller,
  ): ShapedResult | Promise<ShapedResult> {
    return { json };
  }
}
