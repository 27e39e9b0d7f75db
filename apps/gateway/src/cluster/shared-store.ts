import { type DataDirectory, EmbeddedServer, SecretKey, type StoreSettings } from '#libs/core';

/** What all replicas share, and who has to stop it after them. */
export interface SharedStore {
  /** What the replicas don't have in settings of their own. */
  readonly env: Record<string, string>;
  /** The server that it started, if any, is ended by force where it takes longer. */
  stop(withinMs: number): Promise<void>;
}

/** The operator's database and secret; where they are not set, those of the data directory, which one process may hold. */
export async function shareStore(directory: DataDirectory, settings: StoreSettings): Promise<SharedStore> {
  directory.acquire();
  const server = settings.databaseUrl === undefined ? new EmbeddedServer(directory) : undefined;
  try {
    await server?.start();
    const env = {
      ...(server && { DATABASE_URL: server.gatewayUrl }),
      ...(settings.secretKey === undefined && { MCP_SECRET_KEY: new SecretKey(undefined, directory).text }),
    };
    return {
      env,
      stop: async (withinMs) => {
        await server?.stop(withinMs);
        directory.release();
      },
    };
  } catch (error) {
    await server?.stop();
    directory.release();
    throw error;
  }
}
