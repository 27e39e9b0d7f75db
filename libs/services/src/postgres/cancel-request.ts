import pg, { type PoolClient } from 'pg';
import { wireClientOf, wireOf } from './wire.js';

/** Time for it all; after that the server is not to be reached. */
const TIMEOUT_MS = 2_000;

/**
 * Asks the server to stop what `client` is running. It takes a connection of its own but no authentication and no slot
 * (protocol: "Canceling Requests in Progress"). Resolves when the server has closed it, whatever came of it: an answer there is not.
 */
export function requestCancel(client: PoolClient): Promise<void> {
  const { host, port, ssl, sslNegotiation, processID, secretKey } = wireClientOf(client);
  const wire = wireOf(
    new pg.Connection({ ssl, sslNegotiation } as ConstructorParameters<typeof pg.Connection>[0] & object),
  );
  const timer = setTimeout(() => wire.stream.destroy(), TIMEOUT_MS);
  return new Promise((resolve) => {
    wire.on('error', () => resolve());
    wire.on('end', () => {
      clearTimeout(timer);
      resolve();
    });
    wire.on('sslconnect', () => wire.cancel(processID, secretKey));
    wire.on('connect', () => {
      if (!ssl) wire.cancel(processID, secretKey);
      else if (sslNegotiation !== 'direct') wire.requestSsl();
    });
    if (host.startsWith('/')) wire.connect(`${host}/.s.PGSQL.${port}`);
    else wire.connect(port, host);
  });
}
