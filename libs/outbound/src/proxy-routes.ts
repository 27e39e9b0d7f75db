import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HostList } from './host-list.js';
import { OutboundSettings } from './outbound.settings.js';
import { hostOf, isLiteral, isThisMachine, portOf } from './web-url.js';

/** Which requests go through the operator's proxy. */
@Injectable()
export class ProxyRoutes implements OnModuleInit {
  private readonly logger = new Logger(ProxyRoutes.name);
  private readonly direct: HostList;
  private readonly allDirect: boolean;

  constructor(private readonly settings: OutboundSettings) {
    const words = (settings.noProxy ?? '').split(/[\s,]+/);
    this.allDirect = words.includes('*');
    this.direct = new HostList(words.flatMap(asHosts));
  }

  onModuleInit(): void {
    if (this.settings.httpsProxy === undefined && this.settings.httpProxy === undefined) return;
    this.logger.warn(
      'Requests go out through a proxy, which resolves names: the gateway checks names and address literals only. ' +
        'Let the proxy refuse private destinations.',
    );
  }

  /** The proxy's URL; undefined where the request goes out directly, as those to this machine always do. */
  proxyFor(url: URL): string | undefined {
    const proxy = url.protocol === 'https:' ? this.settings.httpsProxy : this.settings.httpProxy;
    if (proxy === undefined || this.allDirect) return undefined;
    const host = hostOf(url);
    const listed = isLiteral(host) ? this.direct.hasAddress(host, portOf(url)) : this.direct.hasName(host, portOf(url));
    return listed || isThisMachine(host) ? undefined : proxy;
  }
}

/** A name of NO_PROXY, with or without a leading dot, means its subdomains too. What is no host there is passed over. */
function asHosts(word: string): string[] {
  const name = word.replace(/^\*?\./, '');
  return [name, `*.${name}`].filter((entry) => {
    try {
      return new HostList([entry]);
    } catch {
      return undefined;
    }
  });
}
