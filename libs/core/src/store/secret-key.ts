import { hkdfSync, randomBytes } from 'node:crypto';
import type { DataDirectory } from './data-directory.js';

/** The one secret from which the gateway's keys are derived: MCP_SECRET_KEY, or `secret.key` in the data directory. */
export class SecretKey {
  private secret: string | undefined;

  constructor(
    given: string | undefined,
    private readonly directory: DataDirectory,
  ) {
    this.secret = given;
  }

  /** Key material for one purpose (HKDF-SHA256, RFC 5869); different purposes tell nothing about each other. */
  derive(purpose: string, bytes = 32): Buffer {
    this.secret ??= this.directory.readOrCreateSecret('secret.key', () => randomBytes(32).toString('base64url'));
    return Buffer.from(hkdfSync('sha256', this.secret, '', purpose, bytes));
  }
}
