import type { PoolClient } from 'pg';
import type { CancelSignal } from '#libs/kit';
import { wireOf } from './wire.js';

/** Time that a question of the gateway's own to a session may take: it waits for no lock and reads next to nothing. */
const PATIENCE_MS = 3_000;

/**
 * Cuts the connection that `work` runs on where that takes too long, or `signal` aborts: over a network that has fallen
 * silent there may never be an answer. `work` rejects then.
 */
export async function orCutOff<T>(
  client: PoolClient,
  work: () => Promise<T>,
  { signal, patienceMs = PATIENCE_MS }: { signal?: CancelSignal; patienceMs?: number } = {},
): Promise<T> {
  if (signal?.aborted) throw signal.reason;
  const cut = () => wireOf(client.connection).stream.destroy();
  const timer = setTimeout(cut, patienceMs);
  signal?.addEventListener('abort', cut, { once: true });
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cut);
  }
}
