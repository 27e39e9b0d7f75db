import { hkdfSync, randomBytes } from 'node:crypto';
import type { DataDirectory } from './data-directory.js';

const FILE = 'secret.key';

/** The one secret from which the gateway's keys are derived: MCP_SECRET_KEY, or `secret.key` in the data directory. */
export class SecretKey {
  private secret: string | undefined;

  constructor(
    private readonly given: string | undefined,
    private readonly directory: DataDirectory,
    private readonly givenPrevious?: string,
  ) {
    this.secret = given;
  }

  /** Key material for one purpose (HKDF-SHA256, RFC 5869); different purposes tell nothing about each other. */
  derive(purpose: string, bytes = 32): Buffer {
    return derived(this.current, purpose, bytes);
  }

  /** The same from the secret before this one, for as long as that is still given. */
  derivePrevious(purpose: string, bytes = 32): Buffer | undefined {
    const previous = this.previous;
    return previous === undefined || previous === this.current ? undefined : derived(previous, purpose, bytes);
  }

  /** Itself, for gateways that are to derive the same keys. */
  get text(): string {
    return this.current;
  }

  private get current(): string {
    this.secret ??= this.directory.readOrCreateSecret(FILE, () => randomBytes(32).toString('base64url'));
    return this.secret;
  }

  /** MCP_SECRET_KEY_PREVIOUS; without it, the file that MCP_SECRET_KEY has taken the place of. */
  private get previous(): string | undefined {
    if (this.givenPrevious !== undefined || this.given === undefined) return this.givenPrevious;
    return this.directory.readSecret(FILE);
  }
}

function derived(secret: string, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, bytes));
}
