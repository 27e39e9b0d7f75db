import type { IncomingMessage } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { OperationError, type Caller } from '#libs/kit';
import type { AccessSettings } from '../../access/access.settings.js';
import type { ApiKeys } from '../../access/api-keys.js';
import { Authenticator } from '../../access/authenticator.js';
import type { BlockedAddresses } from '../../access/blocked-addresses.js';
import type { JwtVerifier } from '../../access/jwt-verifier.js';
import { Networks } from '../../access/networks.js';
import { credential } from '../../access/request-facts.js';
import type { TrustedNetwork } from '../../access/trusted-network.js';
import type { AddressLimits } from '../../throttling/address-limits.js';
import type { AutomaticBlocks } from '../../throttling/blocks/automatic-blocks.js';
import { Client } from './client.js';
import type { Clients } from './clients.js';
import { Introduction } from './introduction.js';
import type { Line } from './line.js';
import type { RoomAccess } from './room-access.js';
import { SocketAccess } from './socket-access.js';

const TOKEN = 'e30.e30.c2ln';
const ada: Caller = { id: 'jwt:ada', kind: 'jwt', subject: 'ada', permissions: ['read'] };

/** What is known of the token, and of the address that it came from. */
const known: { caller: Caller | undefined; isSlowed: boolean } = { caller: ada, isSlowed: false };
const countFailure = vi.fn();
const rooms = { leaveClosed: () => undefined, roomsFor: () => [] } as unknown as RoomAccess;
const access = new SocketAccess(
  new Authenticator(
    { isFamiliar: () => false } as unknown as ApiKeys,
    { verify: () => known.caller, isFamiliar: () => known.caller !== undefined } as unknown as JwtVerifier,
    {} as TrustedNetwork,
    { allowQueryKey: false, trustedProxies: new Networks([]) } as unknown as AccessSettings,
    {
      isSlowed: () => known.isSlowed,
      slowed: () => new OperationError('limited', 'slowed'),
      countFailure,
    } as unknown as AddressLimits,
    { countFailure } as unknown as AutomaticBlocks,
  ),
  { check: () => undefined } as unknown as BlockedAddresses,
  rooms,
);

function connect(headers: Record<string, string> = {}) {
  const close = vi.fn();
  const request = { socket: { remoteAddress: '192.0.2.7' }, headers, rawHeaders: Object.entries(headers).flat() };
  const line: Line = {
    id: 'line',
    kind: 'websocket',
    request: request as unknown as IncomingMessage,
    pendingBytes: 0,
    send: () => undefined,
    close,
    cut: () => undefined,
  };
  return { client: new Client(line, ada), close };
}

describe('a connection whose token is good no longer', () => {
  it.each([false, true])('ends, and is held against nobody; its address is slowed: %s', async (isSlowed) => {
    const { client, close } = connect({ authorization: `Bearer ${TOKEN}` });
    Object.assign(known, { caller: ada, isSlowed });
    expect(await access.renew(client)).toBeUndefined();
    expect(close).not.toHaveBeenCalled();

    known.caller = undefined;
    expect(await access.renew(client)).toMatchObject({ kind: 'unauthenticated', message: /has expired/ });
    expect(close).toHaveBeenCalledWith(4401);
    expect(countFailure).not.toHaveBeenCalled();
  });
});

describe('an address that is slowed', () => {
  it('brings in no token that is not known', async () => {
    Object.assign(known, { caller: undefined, isSlowed: true });
    const { client } = connect();
    await expect(access.identify(client.line.request, [credential('bearer', TOKEN)])).rejects.toMatchObject({
      kind: 'limited',
    });
  });
});

describe('a client', () => {
  it('that presents a token again is kept with one', async () => {
    Object.assign(known, { caller: ada, isSlowed: false });
    const clients = { recognised: () => undefined } as unknown as Clients;
    const introduction = new Introduction(access, clients, { number: '1' }, rooms);
    const { client } = connect();
    for (let i = 0; i < 3; i += 1) await introduction.auth(client, { token: TOKEN });
    expect(client.presented).toMatchObject([{ way: 'bearer', value: TOKEN }]);
  });
});
