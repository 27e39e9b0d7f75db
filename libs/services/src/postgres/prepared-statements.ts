import type { WireField } from './wire.js';

/** Statements that are kept prepared on a connection; PostgreSQL holds a plan for each. */
const KEPT = 100;
/** Texts that were seen once and may come again. */
const REMEMBERED = 500;
const LONGEST_TEXT = 8_192;
/** Columns of a statement whose description is kept. */
const MOST_COLUMNS = 100;

/** How a text is sent: under a name from its second time on, unless it is too long to be kept. */
export interface Preparation {
  /** '' is the unnamed statement. */
  name: string;
  /** The server does not know it yet. */
  parse: boolean;
  /** The name of a statement that makes room for it. */
  close?: string;
  /** Its columns, once they are known: the server refuses to run it when they have changed. */
  fields?: readonly WireField[];
  /** The messages by which it was sent without values, once that is all there is to send. */
  sent?: { readonly asked: number; readonly readOn: number | undefined; readonly bytes: Buffer };
}

export const unnamed: Readonly<Preparation> = { name: '', parse: true };

/**
 * The prepared statements of one connection, the least used given up first. A text that comes once is not worth a name,
 * so that queries which never repeat don't drive out those which do.
 */
export class PreparedStatements {
  private readonly kept = new Map<string, Preparation>();
  private readonly seen = new Set<string>();
  private newest: string | undefined;
  private made = 0;

  preparationOf(text: string): Preparation {
    const known = this.kept.get(text);
    if (known) {
      if (text !== this.newest) {
        this.kept.delete(text);
        this.kept.set(text, known);
        this.newest = text;
      }
      return known;
    }
    if (text.length > LONGEST_TEXT) return unnamed;
    if (!this.seen.delete(text)) {
      this.seen.add(text);
      dropOldest(this.seen, REMEMBERED);
      return unnamed;
    }
    const fresh = `gateway_${++this.made}`;
    this.kept.set(text, { name: fresh, parse: false });
    this.newest = text;
    const oldest = this.kept.size > KEPT ? this.kept.entries().next().value : undefined;
    if (!oldest) return { name: fresh, parse: true };
    this.kept.delete(oldest[0]);
    return { name: fresh, parse: true, close: oldest[1].name };
  }

  /** Keeps what the server said about a statement that it knows. */
  describe(preparation: Preparation, fields: readonly WireField[]): void {
    if (!preparation.parse && fields.length <= MOST_COLUMNS) preparation.fields ??= fields;
  }

  /** After the session was reset, which takes them all away. */
  clear(): void {
    for (const text of this.kept.keys()) this.seen.add(text);
    this.kept.clear();
  }
}

function dropOldest(texts: Set<string>, limit: number): void {
  for (const text of texts) {
    if (texts.size <= limit) return;
    texts.delete(text);
  }
}
