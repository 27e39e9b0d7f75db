import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable, Logger } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import type { RuleName } from '../guardrails/text-rule.js';
import { ResultStore } from './result-store.js';
import { ResultThread } from './result-thread.js';
import type { Budget, CountedPage, PackedShape, ShapeWork } from './result-work.js';
import { shapeResult } from './shape-result.js';

/** What was left out of an answer, and where the rest is. */
export interface Truncation {
  /** Null where the rest could not be kept. */
  readonly resultId: string | null;
  readonly shown: number;
  readonly total: number;
  readonly unit: string;
  /** Units that are kept, where that is not all. */
  readonly kept?: number;
}

export interface ShapedResult {
  readonly json: string;
  /** Counted; unset where the answer is far from its budget. */
  readonly tokens?: number;
  readonly truncated?: Truncation;
}

/** What a door puts around an answer: the envelope's metadata, or MCP's note and link about the rest. */
const AROUND_WHOLE: Budget = { tokens: 100, bytes: 320 };
const AROUND_PART: Budget = { tokens: 300, bytes: 1_024 };
/** What a report of a call in the background says beside the call's result. */
const AROUND_REPORTED: Budget = { tokens: 500, bytes: 2_048 };
/** JSON of one result that is kept at most. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
/** UTF-8 of a UTF-16 unit. */
const BYTES_PER_CHAR = 3;

const compress = promisify(gzip);

/** An answer that was made to fit, and which operation answered what it is a part of. */
interface FittingAnswer {
  readonly page: object & { readonly operation: string };
  readonly tokens?: CountedPage['tokens'];
  /** Guardrails that changed it when it was made. */
  readonly guarded?: readonly RuleName[] | undefined;
}

/** Keeps answers within what an agent can take; what is over is stored, and nothing is lost. */
@Injectable()
export class ResultGovernor {
  /** Answers that had to leave something out, since the start. */
  spilled = 0;
  private readonly logger = new Logger('Results');
  private readonly pages = new WeakMap<object, FittingAnswer>();

  constructor(
    private readonly thread: ResultThread,
    private readonly store: ResultStore,
  ) {}

  /** A promise only where the answer may be too large. */
  shape(
    data: unknown,
    json: string,
    operation: CatalogOperation,
    caller: Caller,
    budget: Budget,
  ): ShapedResult | Promise<ShapedResult> {
    // no token is shorter than a byte
    const surely = Math.min(budget.tokens - AROUND_WHOLE.tokens, budget.bytes - AROUND_WHOLE.bytes);
    if (json.length * BYTES_PER_CHAR <= surely || Buffer.byteLength(json) <= surely) return { json };
    const page = typeof data === 'object' && data !== null ? this.pages.get(data) : undefined;
    // whoever reads it may have asked for less than whoever had it made
    if (!page || !isWithin(budget, page, json)) return this.govern(json, operation, caller, budget);
    return page.tokens === undefined ? { json } : { json, tokens: page.tokens };
  }

  /** Lets a page, or what else was made to fit, out as it is where it does fit. */
  letOut(counted: FittingAnswer): void {
    this.pages.set(counted.page, counted);
  }

  /** The same for a report on a call: `tokens` are those of the call's result, which `guarded` says has changed. */
  letOutReport(page: FittingAnswer['page'], tokens: number, guarded: FittingAnswer['guarded']): void {
    this.letOut({ page, tokens: tokens + AROUND_REPORTED.tokens, guarded });
  }

  /** Of a page: which operation answered what it is a part of, and which guardrails had changed that. */
  sourceOf(data: unknown): { operation: string; guarded: FittingAnswer['guarded'] } | undefined {
    const found = typeof data === 'object' && data !== null ? this.pages.get(data) : undefined;
    return found && { operation: found.page.operation, guarded: found.guarded };
  }

  private async govern(
    json: string,
    { id, outputSchema }: CatalogOperation,
    caller: Caller,
    budget: Budget,
  ): Promise<ShapedResult> {
    const { cut, ...shaped } = await this.packed({
      kind: 'shape',
      json,
      schema: outputSchema,
      whole: without(AROUND_WHOLE, budget),
      part: partOf(budget),
      maxKept: MAX_KEPT_BYTES,
    });
    if (!cut) return shaped;
    this.spilled += 1;
    const { unit, shown, total, kept } = cut;
    const resultId = `res_${randomBytes(16).toString('hex')}`;
    const isKept = await this.store.keep({ ...cut, id: resultId, callerId: caller.id, operation: id });
    if (!isKept) this.logger.warn(`The rest of an answer of ${id} could not be kept`);
    const partly = isKept && kept < total && { kept };
    return { ...shaped, truncated: { resultId: isKept ? resultId : null, shown, total, unit, ...partly } };
  }

  private async packed(work: ShapeWork): Promise<PackedShape> {
    try {
      return await this.thread.shape(work);
    } catch (error) {
      this.logger.error('Shaping a large answer failed; its bytes are counted instead', error);
      const { cut, ...shaped } = shapeResult(work, (text) => Buffer.byteLength(text));
      if (!cut) return shaped;
      const { text, ...facts } = cut;
      return { ...shaped, cut: { ...facts, data: await compress(text), bytes: Buffer.byteLength(text) } };
    }
  }
}

/** What an answer may hold that tells of more. */
export function partOf(budget: Budget): Budget {
  return without(AROUND_PART, budget);
}

/** What an answer may hold that is reported later, as a part of another. */
export function reportedPartOf(budget: Budget): Budget {
  return without(AROUND_REPORTED, budget);
}

function isWithin({ tokens, bytes }: Budget, page: FittingAnswer, json: string): boolean {
  return (page.tokens ?? 0) <= tokens && Buffer.byteLength(json) <= bytes;
}

function without(around: Budget, { tokens, bytes }: Budget): Budget {
  return { tokens: tokens - around.tokens, bytes: bytes - around.bytes };
}
