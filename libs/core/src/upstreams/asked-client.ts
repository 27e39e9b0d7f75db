import { OperationError } from '#libs/kit';
import type { ClientSide, Params } from './connection.js';

/** What a server may ask a client for. */
export const askable = ['elicitation', 'sampling', 'roots'] as const;

/** What a client declares that it can be asked for; undefined for one that can be asked for nothing. */
export function askableOf(capabilities: Readonly<Params>): Params | undefined {
  let declared: Params | undefined;
  for (const name of askable) {
    if (capabilities[name] === undefined) continue;
    declared ??= {};
    declared[name] = capabilities[name];
  }
  return declared;
}

/** A client on a connection that others use too, since there is no room for its own: it hears of its call alone. */
export function onlyTold(client: ClientSide): ClientSide {
  return {
    capabilities: {},
    ask: () => Promise.reject(new OperationError('failed', 'This client can be asked for nothing')),
    notify: (method, params) => client.notify(method, params),
  };
}
