import { hkdfSync, randomBytes } from 'node:crypto';
import type { DataDirectory } from './data-directory.js';

const FILE = 'secret.key';

/**
 * The secrets from which the gateway's keys are derived, newest first: MCP_SECRET_KEY, or `secret.key` in the data
 * directory, and those before it. Whatever was made under any of them is known; one is in force, under which all is made.
 */
export class SecretKey {
  private secrets: readonly Secret[] | undefined;
  private inForce: Secret | undefined;
  private isHeldBack = false;
  private readonly listeners = new Set<() => Promise<void> | void>();

  constructor(
    private given: string | undefined,
    private readonly directory: DataDirectory,
    private givenPrevious?: string,
  ) {}

  /** Key material for one purpose (HKDF-SHA256, RFC 5869); different purposes tell nothing about each other. */
  derive(purpose: string, bytes = 32): Buffer {
    return this.current.derive(purpose, bytes);
  }

  /** The same from every secret that is known, the one in force first. */
  deriveAll(purpose: string, bytes = 32): [Buffer, ...Buffer[]] {
    const others = this.known.filter((secret) => secret !== this.current);
    return [this.derive(purpose, bytes), ...others.map((secret) => secret.derive(purpose, bytes))];
  }

  /** The one in force itself, for gateways that are to derive the same keys. */
  get text(): string {
    return this.current.text;
  }

  /** MCP_SECRET_KEY_PREVIOUS; without it, the file that MCP_SECRET_KEY has taken the place of. */
  get previous(): string | undefined {
    if (this.givenPrevious !== undefined || this.given === undefined) return this.givenPrevious;
    return this.directory.readSecret(FILE);
  }

  /** The same from those before the one in force: what was made under them is to be made anew. */
  deriveOlder(purpose: string, bytes = 32): Buffer[] {
    return this.known.slice(this.known.indexOf(this.current) + 1).map((secret) => secret.derive(purpose, bytes));
  }

  /** A name of each secret, newest first, that tells nothing about it. */
  get ids(): string[] {
    return this.known.map(({ id }) => id);
  }

  /** Whether something may have been made under a secret before the one in force. */
  get hasOlder(): boolean {
    return this.current !== this.known.at(-1);
  }

  /** Of the one in force. */
  get currentId(): string {
    return this.current.id;
  }

  get isNewestInForce(): boolean {
    return this.current === this.known[0];
  }

  /** Leaves the oldest one in force, as long as nobody says that the others know a newer one. */
  holdBack(): void {
    this.isHeldBack = true;
  }

  /** Knows these two, and what it knew before; the one in force stays so. */
  take(given: string | undefined, previous: string | undefined): void {
    const { current, known } = this;
    this.given = given;
    this.givenPrevious = previous;
    const read = this.read();
    this.secrets = [...read, ...known.filter(({ id }) => !read.some((secret) => secret.id === id))];
    this.inForce = this.secrets.find(({ id }) => id === current.id);
  }

  /** Has all made under this one from now on, and waits for those who make anew what was made before. */
  async enforce(id: string): Promise<void> {
    const secret = this.known.find((each) => each.id === id);
    if (!secret || secret === this.current) return;
    this.inForce = secret;
    await this.renew();
  }

  /** Has all that is under an older secret made anew. */
  async renew(): Promise<void> {
    for (const listener of this.listeners) await listener();
  }

  /** Has `listener` run when another secret is in force, and once more when nothing is under way under the one before. */
  onRenewal(listener: () => Promise<void> | void): void {
    this.listeners.add(listener);
  }

  /** Read when it is first needed: the secret may be in the data directory. */
  private get known(): readonly Secret[] {
    this.secrets ??= this.read();
    return this.secrets;
  }

  private get current(): Secret {
    this.inForce ??= this.known.at(this.isHeldBack ? -1 : 0);
    if (!this.inForce) throw new Error('There is always a secret');
    return this.inForce;
  }

  private read(): Secret[] {
    const newest = this.given ?? this.directory.readOrCreateSecret(FILE, () => randomBytes(32).toString('base64url'));
    const { previous } = this;
    return previous === undefined || previous === newest
      ? [new Secret(newest)]
      : [new Secret(newest), new Secret(previous)];
  }
}

/** One secret, and what was derived from it: messages are sealed at a rate at which deriving would show. */
class Secret {
  private readonly derived = new Map<string, Buffer>();
  readonly id: string;

  constructor(readonly text: string) {
    this.id = this.derive('secret id', 8).toString('base64url');
  }

  derive(purpose: string, bytes: number): Buffer {
    const name = `${bytes} ${purpose}`;
    const known = this.derived.get(name);
    if (known) return known;
    const made = Buffer.from(hkdfSync('sha256', this.text, '', purpose, bytes));
    this.derived.set(name, made);
    return made;
  }
}
