import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { OwnChildren } from '../upstreams/own-children.js';
import { isAddress, Networks } from './networks.js';
import type { Origin } from './request-facts.js';

const loopback = new Networks(['loopback']);

/** Tells who at this machine is a process that the gateway itself started: none of those is the caller `local`. */
@Injectable()
export class OwnPeers {
  /** Found out once for each connection, which takes milliseconds. */
  private readonly known = new WeakMap<Socket, boolean>();

  constructor(private readonly children: OwnChildren) {}

  /** In doubt it is one. */
  isOwn(origin: Origin, socket: Socket): boolean {
    if (!this.children.mayBeAny) return false;
    // behind a proxy on this machine there is no telling which of its processes it was
    if (origin.address !== socket.remoteAddress) return isHere(origin.address);
    let isOwn = this.known.get(socket);
    if (isOwn === undefined) {
      isOwn = isHere(origin.address) && this.children.isOurs(socket);
      this.known.set(socket, isOwn);
    }
    return isOwn;
  }
}

/** Whether an address is one of this machine's own. */
function isHere(address: string): boolean {
  if (loopback.includes(address)) return true;
  const plain = (text: string) => (isAddress(text) ? ipaddr.process(text).toNormalizedString() : text);
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((one) => plain(one.address) === plain(address)),
  );
}
