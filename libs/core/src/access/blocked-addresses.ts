import { Injectable } from '@nestjs/common';
import { OperationError, type HttpRequest } from '#libs/kit';
import { IpBlocks, type IpBlock } from '../throttling/blocks/ip-blocks.js';
import { AccessSettings } from './access.settings.js';
import { originOf } from './request-facts.js';

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
    if (probePaths.has(path)) return;
    const refusal = this.refusalOf(request);
    if (refusal) throw refusal;
  }

  /** What a request is refused with whose client is listed. */
  refusalOf(request: HttpRequest): OperationError | undefined {
    const { ipBlacklist, trustedProxies } = this.settings;
    const { address } = originOf(request, trustedProxies);
    if (ipBlacklist.includes(address)) {
      return new OperationError(
        'forbidden',
        'This address is blocked; an operator can take it off security.ipBlacklist',
      );
    }
    const block = this.blocks.blockOf(address);
    return block && blocked(block);
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
