import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '#libs/kit';
import { BlockedAddresses } from '../access/blocked-addresses.js';
import { AddressLimits } from '../throttling/address-limits.js';
import { AllowedHosts } from './allowed-hosts.js';
import { allowOrigin, type AnswerHeaders } from './answer-headers.js';

/** What every request has to pass, whatever it asks for and whoever sends it. */
@Injectable()
export class RequestRules {
  constructor(
    private readonly blocked: BlockedAddresses,
    private readonly hosts: AllowedHosts,
    private readonly addresses: AddressLimits,
  ) {}

  /** Throws for a request that is refused; a page that may read the answer is named in its headers. */
  check(request: HttpRequest, path: string, headers: AnswerHeaders): void {
    this.blocked.check(request, path);
    this.hosts.check(request, path);
    allowOrigin(headers, request.headers.origin);
    this.addresses.countRequest(request, path);
  }
}
