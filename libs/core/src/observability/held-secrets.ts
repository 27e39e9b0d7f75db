import { MASK } from './secret-shapes.js';

const escaped = (text: string) => JSON.stringify(text).slice(1, -1);

/** Secrets that are known by their value, as they stand in texts, in URLs, in JSON, and in JSON inside of JSON. */
export class HeldSecrets {
  private forms: readonly string[] = [];
  private inJson: readonly string[] = [];
  /** In a shorter text there is none. */
  private shortest = Infinity;

  constructor(
    secrets: Iterable<string>,
    private readonly isKnown: (form: string) => boolean,
  ) {
    this.learn(secrets);
  }

  /** Adds secrets to those that are known. */
  learn(secrets: Iterable<string>): void {
    const forms = [...secrets].flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      escaped(secret),
      escaped(escaped(secret)),
    ]);
    // the longest first: one may be part of another
    this.forms = [...new Set([...this.forms, ...forms])].filter(this.isKnown).sort((a, b) => b.length - a.length);
    this.shortest = Math.min(...this.forms.map(({ length }) => length));
    this.inJson = [...new Set(this.forms.flatMap((form) => [form, escaped(form)]))];
  }

  /** Whether `mask` would change a text of this JSON. */
  occurIn(json: string): boolean {
    return json.length >= this.shortest && this.inJson.some((form) => json.includes(form));
  }

  mask(text: string): string {
    if (text.length < this.shortest) return text;
    let clean = text;
    for (const form of this.forms) {
      if (clean.includes(form)) clean = clean.replaceAll(form, MASK);
    }
    return clean;
  }
}
