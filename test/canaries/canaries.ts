import { randomBytes } from 'node:crypto';

const SHOWN_BEFORE = 160;

/** Secrets that occur nowhere else, each under the name of the place where it was put. */
export class Canaries {
  private readonly forms = new Map<string, readonly string[]>();

  /** A new one. */
  of(name: string): string {
    return this.add(name, `c4nary-${randomBytes(16).toString('hex')}`);
  }

  /** Takes a secret that somebody else has made. */
  add(name: string, secret: string): string {
    if (secret.length < 12) throw new Error(`${name} is too short to be found for sure`);
    this.forms.set(name, formsOf(secret));
    return secret;
  }

  /** Those that occur in a text, whichever way they are written there, each with what stands before it. */
  foundIn(text: string, except: readonly string[] = []): string[] {
    return [...this.forms].flatMap(([name, forms]) => {
      const at = except.includes(name) ? -1 : Math.max(...forms.map((form) => text.indexOf(form)));
      return at === -1 ? [] : [`${name} after ${text.slice(Math.max(0, at - SHOWN_BEFORE), at)}`];
    });
  }
}

/** As it is, in URLs, in JSON, in hexadecimal digits, and in base64 wherever it stands in what was encoded. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    // what depends on its neighbours is left out
    return text.slice(Math.ceil((shift * 8) / 6), -1);
  });
  const hex = bytes.toString('hex');
  const plain = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), hex, hex.toUpperCase()];
  return [...new Set([...plain, ...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))])];
}
