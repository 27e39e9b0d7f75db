import type { KeptRows, ResultPage } from '#libs/kit';
import type { JsonSchema } from '../../catalog/catalog-entry.js';

/** What a text may cost; both hold. */
export interface Budget {
  readonly tokens: number;
  readonly bytes: number;
}

export type ResultUnit = 'rows' | 'items' | 'lines' | 'characters';

/** Where in an answer its units are; null: they are the characters of its JSON. */
export type UnitsSource = {
  /** Members from the root to the array or text. */
  readonly path: readonly string[];
  /** Arrays beside it with as many elements, which say the same in other words and are cut with it. */
  readonly beside: readonly string[];
} | null;

export interface ShapeWork {
  readonly kind: 'shape';
  readonly json: string;
  readonly schema: JsonSchema;
  /** Of an answer that goes out whole. */
  readonly whole: Budget;
  /** Of one that is shortened, and of a page: what tells about the rest needs room too. */
  readonly part: Budget;
  /** Bytes of JSON that are kept at most. */
  readonly maxKept: number;
}

/** What does not go out. */
export interface Cut {
  readonly unit: ResultUnit;
  readonly shown: number;
  readonly total: number;
  /** Units that are kept; fewer than `total` where all would be too much. */
  readonly kept: number;
  readonly source: UnitsSource;
  /** JSON, or the beginning of it where the units are its characters. */
  readonly text: string;
}

export interface Shape {
  readonly json: string;
  /** Counted; unset where even one token a byte would fit. */
  readonly tokens?: number;
  readonly cut?: Cut;
}

/** A shape as the thread hands it over: what is kept is compressed. */
export interface PackedShape extends Omit<Shape, 'cut'> {
  readonly cut?: Omit<Cut, 'text'> & { readonly data: Uint8Array; readonly bytes: number };
}

/** What is known of a kept result beside its data. */
export interface KeptFacts {
  readonly id: string;
  readonly operation: string;
  readonly unit: ResultUnit;
  readonly total: number;
  readonly kept: number;
  readonly source: UnitsSource;
}

export interface PageWork {
  readonly kind: 'page';
  readonly facts: KeptFacts;
  readonly data: Uint8Array;
  readonly offset: number;
  readonly limit: number | undefined;
  readonly part: Budget;
}

export interface CountedPage {
  readonly page: ResultPage;
  /** As in `Shape`. */
  readonly tokens?: number;
}

export interface RowsWork {
  readonly kind: 'rows';
  readonly facts: KeptFacts;
  readonly data: Uint8Array;
  readonly offset: number;
  readonly limit: number;
}

export type KeptRowsPart = KeptRows & { total: number };
