/** Statements that are kept prepared on a connection; PostgreSQL holds a plan for each. */
const KEPT = 100;
/** Texts that were seen once and may come again. */
const REMEMBERED = 500;
const LONGEST_TEXT = 8_192;

/** How a text is sent: under a name from its second time on, unless it is too long to be kept. */
export interface Preparation {
  /** '' is the unnamed statement. */
  name: string;
  /** The server does not know it yet. */
  parse: boolean;
  /** The name of a statement that makes room for it. */
  close?: string;
}

const unnamed: Preparation = { name: '', parse: true };

/**
 * The prepared statements of one connection, the least used given up first. A text that comes once is not worth a name,
 * so that queries which never repeat don't drive out those which do.
 */
export class PreparedStatements {
  private readonly names = new Map<string, string>();
  private readonly seen = new Set<string>();
  private made = 0;

  preparationOf(text: string): Preparation {
    const name = this.names.get(text);
    if (name !== undefined) {
      this.names.delete(text);
      this.names.set(text, name);
      return { name, parse: false };
    }
    if (text.length > LONGEST_TEXT) return unnamed;
    if (!this.seen.delete(text)) {
      this.seen.add(text);
      dropOldest(this.seen, REMEMBERED);
      return unnamed;
    }
    const fresh = `gateway_${++this.made}`;
    this.names.set(text, fresh);
    const oldest = this.names.size > KEPT ? this.names.entries().next().value : undefined;
    if (!oldest) return { name: fresh, parse: true };
    this.names.delete(oldest[0]);
    return { name: fresh, parse: true, close: oldest[1] };
  }

  /** After the session was reset, which takes them all away. */
  clear(): void {
    for (const text of this.names.keys()) this.seen.add(text);
    this.names.clear();
  }
}

function dropOldest(texts: Set<string>, limit: number): void {
  for (const text of texts) {
    if (texts.size <= limit) return;
    texts.delete(text);
  }
}
