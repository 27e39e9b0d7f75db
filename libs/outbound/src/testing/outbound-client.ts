import type { LookupAddress } from 'node:dns';
import { isIPv6 } from 'node:net';
import { HostList } from '../host-list.js';
import { HttpClient } from '../http-client.js';
import { NameResolver } from '../name-resolver.js';
import { OriginPools } from '../origin-pools.js';
import { OutboundSettings } from '../outbound.settings.js';
import { ProxyRoutes } from '../proxy-routes.js';
import { UrlGuard } from '../url-guard.js';

interface Given {
  allowedHosts?: string[];
  allowedPorts?: number[];
  timeoutMs?: number;
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
  /**
   * Names that only this client knows; each asking takes the next of its lists of addresses, the last one for good.
   * The address `never` is an answer that does not come.
   */
  names?: Record<string, string[][]>;
}

export interface OutboundClient {
  guard: UrlGuard;
  client: HttpClient;
  routes: ProxyRoutes;
  /** As when the file of HTTP_PROXY changes. */
  changeProxy(url: string): void;
  /** Names that were asked for, in order. */
  asked: string[];
  close(): Promise<void>;
}

/** A client with settings and names of its own. */
export function outboundClient({ names = {}, ...given }: Given = {}): OutboundClient {
  const settings = new OutboundSettings({
    timeoutMs: 5_000,
    ...given,
    allowedHosts: new HostList(given.allowedHosts ?? []),
    allowedPorts: new Set(given.allowedPorts),
  } as never);
  const resolver = new ListedNames(names);
  const routes = new ProxyRoutes(settings);
  const guard = new UrlGuard(settings, resolver, routes);
  const pools = new OriginPools(guard, routes);
  const client = new HttpClient(settings, guard, pools);
  return {
    guard,
    client,
    routes,
    changeProxy: (url) => void Object.assign(settings, { httpProxy: url }),
    asked: resolver.asked,
    close: () => pools.onApplicationShutdown(),
  };
}

class ListedNames extends NameResolver {
  readonly asked: string[] = [];

  constructor(private readonly names: Record<string, string[][]>) {
    super();
  }

  override async resolve(name: string): Promise<LookupAddress[]> {
    this.asked.push(name);
    const answers = this.names[name];
    if (!answers) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    if (addresses.includes('never')) return new Promise(() => undefined);
    return addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  }
}
