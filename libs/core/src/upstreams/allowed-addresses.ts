import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { HostList, UrlGuard } from '#libs/outbound';
import { GuardrailCounts } from '../execution/guardrails/guardrail-counts.js';
import { UpstreamsSettings } from './upstreams.settings.js';

/** Where admins may register upstreams while the gateway runs. */
@Injectable()
export class AllowedAddresses {
  constructor(
    private readonly guard: UrlGuard,
    private readonly settings: UpstreamsSettings,
    private readonly counts: GuardrailCounts,
  ) {}

  /** Throws `failed` for an address that may not be reached, or whose host the operator does not list. */
  async check(url: string): Promise<void> {
    await this.guard.check(url, 'open');
    const { allowed } = this.settings;
    if (allowed.length === 0 || isOn(new HostList(allowed), new URL(url))) return;
    this.counts.add('upstream-host');
    throw new OperationError('failed', 'This host is not one of MCP_UPSTREAMS_ALLOWED, which the operator can change');
  }
}

/** Names and addresses as they are written: a name is not on a list of addresses. */
function isOn(hosts: HostList, { hostname, port, protocol }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const at = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return hosts.hasName(host, at) || hosts.hasAddress(host, at);
}
