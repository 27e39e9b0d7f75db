import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { ServerSettings } from '../config/server.settings.js';
import { AccessSettings } from './access.settings.js';
import { Networks } from './networks.js';
import { OwnPeers } from './own-peers.js';
import type { Origin } from './request-facts.js';

const loopback = new Networks(['loopback']);

/** The caller `local`: whoever calls from a trusted address without a credential, but for what the gateway started. */
@Injectable()
export class TrustedNetwork {
  private readonly networks: Networks;
  /** Who calls so. */
  readonly local: Caller;

  constructor(
    access: AccessSettings,
    server: ServerSettings,
    private readonly ownPeers: OwnPeers,
  ) {
    this.networks = access.requireApiKey ? new Networks(['none']) : access.trustedNetworks;
    const bound = server.host === 'localhost' || loopback.includes(server.host);
    const permissions = access.trustedPermissions ?? (bound ? ['read', 'write', 'monitor'] : ['read']);
    this.local = { id: 'local', kind: 'local', subject: 'local', permissions };
  }

  /** For what an address that was trusted has asked for a while ago. */
  stillTrusts(address: string): boolean {
    return this.networks.includes(address);
  }

  callerAt(origin: Origin, socket: Socket): Caller | undefined {
    if (!origin.direct || !this.networks.includes(origin.address)) return undefined;
    return this.ownPeers.isOwn(origin, socket) ? undefined : this.local;
  }
}
