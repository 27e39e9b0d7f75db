import { Injectable } from '@nestjs/common';
import { OperationError, type HttpRequest } from '#libs/kit';
import { AccessSettings } from '../access/access.settings.js';
import { originOf } from '../access/request-facts.js';
import { IpBlocks, type IpBlock } from '../throttling/blocks/ip-blocks.js';

/** Addresses that probes ask, by whatever name and from wherever they are. */
export const probePaths: ReadonlySet<string> = new Set(['/health', '/ready']);

/** Refuses the addresses of `security.ipBlacklist` and of the blocks, as they are at the moment of the request. */
@Injectable()
export class BlockedAddresses {
  constructor(
    private readonly settings: AccessSettings,
    private readonly blocks: IpBlocks,
  ) {}

  /** Throws `forbidden` for a request whose client is listed. */
  check(request: HttpRequest, path: string): void {
    const { ipBlacklist, trustedProxies } = this.settings;
    if (probePaths.has(path)) return;
    const { address } = originOf(request, trustedProxies);
    if (ipBlacklist.includes(address)) {
      throw new OperationError(
        'forbidden',
        'This address is blocked; an operator can take it off security.ipBlacklist',
      );
    }
    const block = this.blocks.blockOf(address);
    if (block) throw blocked(block);
  }
}

/** Why is the operators' business. */
function blocked({ expiresAt }: IpBlock): OperationError {
  const until = expiresAt === null ? '' : ` until ${expiresAt.toISOString()}`;
  return new OperationError(
    'forbidden',
    `This address is blocked${until}; an admin can lift that at DELETE /admin/ip-blocks/:id`,
  );
}
