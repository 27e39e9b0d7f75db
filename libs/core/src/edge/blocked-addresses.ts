import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { AccessSettings } from '../access/access.settings.js';
import { originOf } from '../access/request-facts.js';

/** Addresses that probes ask, by whatever name and from wherever they are. */
export const probePaths: ReadonlySet<string> = new Set(['/health', '/ready']);

/** Refuses the addresses of `security.ipBlacklist`, as it is at the moment of the request. */
@Injectable()
export class BlockedAddresses {
  constructor(private readonly settings: AccessSettings) {}

  /** Throws `forbidden` for a request whose client is listed. */
  check(request: IncomingMessage, path: string): void {
    const { ipBlacklist, trustedProxies } = this.settings;
    if (ipBlacklist.empty || probePaths.has(path)) return;
    if (!ipBlacklist.includes(originOf(request, trustedProxies).address)) return;
    throw new OperationError('forbidden', 'This address is blocked; an operator can take it off security.ipBlacklist');
  }
}
