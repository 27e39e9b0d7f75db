import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The two ends of a connection, as the gateway sees it. */
export type Connection = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>;

export interface PeerSocket {
  readonly user: number;
  /** What `/proc/<pid>/fd` has for it. */
  readonly link: string;
}

/**
 * The socket of whoever is at the other end of a connection within this machine, from the kernel's tables. None where the
 * peer has closed it.
 */
export function peerSockets(connection: Connection): PeerSocket[] {
  const { remoteAddress, remotePort, localAddress, localPort } = connection;
  if (remoteAddress === undefined || localAddress === undefined) return [];
  const [peer, own] = [ipaddr.process(remoteAddress), ipaddr.process(localAddress)];
  const found = peer.kind() === 'ipv4' ? socketsIn('tcp', end(peer, remotePort), end(own, localPort)) : [];
  if (found.length > 0) return found;
  // the table of IPv6 also holds sockets of IPv6 that speak IPv4
  return socketsIn('tcp6', end(asIPv6(peer), remotePort), end(asIPv6(own), localPort));
}

function socketsIn(table: 'tcp' | 'tcp6', from: string, to: string): PeerSocket[] {
  return tableOf(`/proc/self/net/${table}`)
    .split('\n')
    .filter((line) => line.includes(` ${from} ${to} `))
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[9] !== '0')
    .map((columns) => ({ user: Number(columns[7]), link: `socket:[${columns[9] ?? ''}]` }));
}

/** An address and port as the tables write them: each word of four bytes from the last byte to the first. */
function end(address: ipaddr.IPv4 | ipaddr.IPv6, port = 0): string {
  const bytes = Buffer.from(address.toByteArray());
  return `${bytes.swap32().toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

function asIPv6(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv6 {
  return address instanceof ipaddr.IPv4 ? address.toIPv4MappedAddress() : address;
}

/** A system without IPv6 has no table for it. */
function tableOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
