import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { isPublicAddress } from './addresses.js';
import { NameResolver, type IsWanted } from './name-resolver.js';
import { OutboundSettings } from './outbound.settings.js';
import { ProxyRoutes } from './proxy-routes.js';
import type { TargetPolicy } from './target-policy.js';
import { hostOf, isLiteral, isPrivateName, parseWebUrl, portOf } from './web-url.js';

const webPorts = new Set([80, 443]);

/** Decides which URLs the gateway may ask for. Its refusals say which rule refused, never what a name resolved to. */
@Injectable()
export class UrlGuard {
  constructor(
    private readonly settings: OutboundSettings,
    private readonly resolver: NameResolver,
    private readonly routes: ProxyRoutes,
  ) {}

  /**
   * Parses a URL and checks all that can be told from it alone: scheme, user name, port, name, address. Throws `invalid`
   * for what is no web URL, `failed` for one that may not be reached. What a name resolves to is checked by `lookup`.
   */
  inspect(given: string | URL, policy: TargetPolicy): URL {
    const url = parseWebUrl(given);
    if (policy === 'open') this.inspectOpen(url);
    else if (url.origin !== policy.origin) throw refused('origin', 'it is not the one that is configured');
    return url;
  }

  /**
   * `inspect`, and what the name resolves to now. For URLs that are kept for later, to tell of a mistake at once; a name that
   * has no address yet passes, and is checked by `lookup` whenever it is used.
   */
  async check(given: string | URL, policy: TargetPolicy): Promise<URL> {
    const url = this.inspect(given, policy);
    const host = hostOf(url);
    if (policy === 'open' && !isLiteral(host) && this.routes.proxyFor(url) === undefined) {
      await this.resolve(host, portOf(url)).catch((error: unknown) => {
        if (error instanceof OperationError && error.kind === 'failed') throw error;
      });
    }
    return url;
  }

  /**
   * Resolves names for sockets to `port`, which so connect to an address that was checked and to no other. Address
   * literals never come here; `inspect` has seen them. A name that has not had its turn is given up when it is not wanted.
   */
  lookup(port: number, isWanted?: IsWanted): LookupFunction {
    return (host, options, callback) => {
      this.resolve(host, port, isWanted).then(
        (addresses) => {
          const [first] = addresses;
          if (options.all === true) callback(null, addresses);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: unknown) => callback(error as NodeJS.ErrnoException, []),
      );
    };
  }

  private inspectOpen(url: URL): void {
    const host = hostOf(url);
    const port = portOf(url);
    const allowed = this.settings.allowedHosts;
    if (isLiteral(host)) {
      if (allowed?.hasAddress(host, port)) return;
      if (!isPublicAddress(host)) throw notPublic();
    } else {
      if (allowed?.hasName(host, port)) return;
      // its addresses may be in a network of the list, which `lookup` will see
      if (allowed?.hasRanges(port) && this.routes.proxyFor(url) === undefined) return;
      if (isPrivateName(host)) throw notPublic();
    }
    if (!this.isWebPort(port)) throw wrongPort();
  }

  private isWebPort(port: number): boolean {
    return webPorts.has(port) || this.settings.allowedPorts?.has(port) === true;
  }

  private async resolve(host: string, port: number, isWanted?: IsWanted): Promise<LookupAddress[]> {
    const addresses = await this.resolver.resolve(host, isWanted);
    const allowed = this.settings.allowedHosts;
    if (addresses.length === 0) throw Object.assign(new Error('The name has no address'), { code: 'ENOTFOUND' });
    if (allowed?.hasName(host, port)) return addresses;
    for (const { address } of addresses) {
      if (allowed?.hasAddress(address, port)) continue;
      if (!isPublicAddress(address)) throw notPublic();
      if (!this.isWebPort(port)) throw wrongPort();
    }
    return addresses;
  }
}

function notPublic(): OperationError {
  return refused(
    'address',
    'it is not on the public internet, or not all of its addresses are. WEB_ALLOWED_HOSTS opens private hosts',
  );
}

function wrongPort(): OperationError {
  return refused('port', 'only the ports 80, 443 and those in WEB_ALLOWED_PORTS are open');
}

function refused(rule: 'origin' | 'address' | 'port', why: string): OperationError {
  return new OperationError('failed', `This address may not be reached: ${why}`, { rule });
}
