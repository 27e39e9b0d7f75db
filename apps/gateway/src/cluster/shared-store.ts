import { type DataDirectory, EmbeddedServer, SecretKey, type StoreSettings } from '#libs/core';
import type { StopDeadline } from '../stop-deadline.js';

/**
 * What all replicas share: the operator's database and secret; where they are not set, those of the data directory, which
 * one process may hold.
 */
export class SharedStore {
  private readonly server: EmbeddedServer | undefined;
  private starting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly directory: DataDirectory,
    private readonly settings: StoreSettings,
  ) {
    if (settings.databaseUrl === undefined) this.server = new EmbeddedServer(directory);
  }

  /** Resolves with what the replicas don't have in settings of their own. */
  start(): Promise<Record<string, string>> {
    const starting = this.open();
    this.starting = starting;
    return starting;
  }

  /** During the start too. The server that it started, if any, is ended by force where it takes longer. */
  async stop(deadline: StopDeadline): Promise<void> {
    await this.server?.stop(deadline.left());
    // without its server it ends soon, unless it hangs in something else
    await deadline.wait(
      this.starting.catch(() => undefined),
      0,
    );
    this.directory.release();
  }

  private async open(): Promise<Record<string, string>> {
    this.directory.acquire();
    await this.server?.start();
    return {
      ...(this.server && { DATABASE_URL: this.server.gatewayUrl }),
      ...this.secretsOfDirectory(),
    };
  }

  /** The one that is in force, or that MCP_SECRET_KEY has taken the place of: replicas have directories of their own. */
  private secretsOfDirectory(): Record<string, string> {
    const { secretKey, secretKeyPrevious } = this.settings;
    const secret = new SecretKey(secretKey, this.directory, secretKeyPrevious);
    if (secretKey === undefined) return { MCP_SECRET_KEY: secret.text };
    const { previous } = secret;
    return secretKeyPrevious === undefined && previous !== undefined ? { MCP_SECRET_KEY_PREVIOUS: previous } : {};
  }
}
