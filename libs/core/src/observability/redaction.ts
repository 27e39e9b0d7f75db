import type { Redaction } from '#libs/kit';
import { HeldSecrets } from './held-secrets.js';
import { isSecretName } from './secret-names.js';
import { MASK, redactText as redactShapes } from './secret-shapes.js';

/** Shorter ones would be found in words that are no secret. */
const SHORTEST_SECRET = 8;
/** In what agents work with, a password such as `postgres` would be found everywhere. */
const SHORTEST_UNMISTAKABLE = 12;
const MAX_DEPTH = 64;
/** Members and entries of one value, all levels together. */
const MAX_MEMBERS = 10_000;
const LEFT_OUT = '…';
const LONGEST_NAME = 128;
const MOST_NAMES = 2_000;

/** Takes secrets out of what is shown and kept: by their names, by their form, and those that the settings hold. */
export class Redactor implements Redaction {
  /** Those that no other text reads like by chance. */
  readonly unmistakable: HeldSecrets;
  private readonly held: HeldSecrets;
  /** Names in which there is nothing to mask; they come from callers, so that they are thrown away when they grow. */
  private readonly cleanNames = new Set<string>();

  constructor(secrets: Iterable<string> = []) {
    const all = [...secrets];
    this.held = new HeldSecrets(all, (secret) => secret.length >= SHORTEST_SECRET);
    this.unmistakable = new HeldSecrets(all, isUnmistakable);
  }

  /** Adds secrets that came while the gateway runs; those before stay, since old texts may hold them. */
  learn(secrets: readonly string[]): void {
    this.held.learn(secrets);
    this.unmistakable.learn(secrets);
    this.cleanNames.clear();
  }

  /** A text without secrets; the same text where there are none. Linear in its length. */
  text(text: string): string {
    return redactShapes(this.held.mask(text));
  }

  /** A text without the secrets that the settings hold; what merely looks like one stays. */
  withoutHeld(text: string): string {
    return this.held.mask(text);
  }

  /** As `text`, of a name: the same ones come again and again. */
  name(name: string): string {
    if (this.cleanNames.has(name)) return name;
    const clean = this.text(name);
    if (clean !== name || name.length > LONGEST_NAME) return clean;
    if (this.cleanNames.size >= MOST_NAMES) this.cleanNames.clear();
    this.cleanNames.add(name);
    return name;
  }

  /** A copy without secrets. Objects, arrays, maps and cycles stay what they are; what is too deep or too much is left out. */
  value(value: unknown): unknown {
    return new Copy(this).of(value, 0, false);
  }
}

/** Long, and more than one word. */
function isUnmistakable(secret: string): boolean {
  return secret.length >= SHORTEST_UNMISTAKABLE && !/^(?:[A-Z]?[a-z]+|[A-Z]+|\d+)$/.test(secret);
}

class Copy {
  private readonly copies = new Map<object, unknown>();
  private members = 0;

  constructor(private readonly redactor: Redactor) {}

  /** `secret` below a name that says so: whatever could tell something is masked. */
  of(value: unknown, depth: number, secret: boolean): unknown {
    if (typeof value === 'string') return secret && value !== '' ? MASK : this.redactor.text(value);
    if (typeof value === 'number' || typeof value === 'bigint') return secret ? MASK : value;
    if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) {
      return secret && typeof value === 'object' && value !== null ? MASK : value;
    }
    const known = this.copies.get(value);
    if (known !== undefined) return known;
    if (depth >= MAX_DEPTH) return LEFT_OUT;
    if (value instanceof URL) return this.of(value.href, depth, secret);
    if (value instanceof Error) return this.ofError(value, depth, secret);
    if (Array.isArray(value) || value instanceof Set) return this.ofList(value, depth, secret);
    if (value instanceof Map) return this.ofMap(value, depth, secret);
    return this.ofObject(value, depth, secret);
  }

  private ofList(list: unknown[] | Set<unknown>, depth: number, secret: boolean): unknown {
    const copy: unknown[] = [];
    const all = Array.isArray(list) ? copy : new Set<unknown>();
    this.copies.set(list, all);
    for (const entry of list) {
      const clean = this.hasRoom() ? this.of(entry, depth + 1, secret) : LEFT_OUT;
      if (all instanceof Set) all.add(clean);
      else all.push(clean);
      if (clean === LEFT_OUT && !this.hasRoom()) break;
    }
    return all;
  }

  private ofMap(map: Map<unknown, unknown>, depth: number, secret: boolean): Map<unknown, unknown> {
    const copy = new Map<unknown, unknown>();
    this.copies.set(map, copy);
    for (const [key, entry] of map) {
      if (!this.hasRoom()) break;
      const name = typeof key === 'string' ? key : '';
      copy.set(this.of(key, depth + 1, false), this.of(entry, depth + 1, secret || isSecretName(name)));
    }
    return copy;
  }

  private ofObject(object: object, depth: number, secret: boolean): object {
    const copy: Record<string, unknown> = {};
    this.copies.set(object, copy);
    for (const [name, member] of Object.entries(object)) {
      if (!this.hasRoom()) break;
      const clean = this.of(member, depth + 1, secret || isSecretName(name));
      // defined, since an assignment to __proto__ would change what the copy is
      Object.defineProperty(copy, this.redactor.name(name), {
        value: clean,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return copy;
  }

  private ofError(error: Error, depth: number, secret: boolean): object {
    const { name, message, stack } = error;
    const told = { ...Object.fromEntries(Object.entries(error)), name, message, ...(stack !== undefined && { stack }) };
    return this.ofObject(told, depth, secret);
  }

  private hasRoom(): boolean {
    this.members += 1;
    return this.members <= MAX_MEMBERS;
  }
}

const plain = new Redactor();

/** As `Redactor.text`, for places that know no secrets of the settings. */
export const redactText = (text: string): string => plain.text(text);
