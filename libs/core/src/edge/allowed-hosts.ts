import { Injectable } from '@nestjs/common';
import { OperationError, StartError, type HttpRequest } from '#libs/kit';
import { AccessSettings } from '../access/access.settings.js';
import { probePaths } from '../access/blocked-addresses.js';
import { ServerSettings } from '../config/server.settings.js';
import { invalidRequest } from '../errors/protocol-error.js';
import { anyOriginRefusal } from './any-origin.js';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Which `Host` and `Origin` headers are answered. A page of another site that resolves its own name to this machine
 * (DNS rebinding) sends its own name in both.
 */
@Injectable()
export class AllowedHosts {
  private readonly hosts: ReadonlySet<string>;
  private listedOrigins: readonly string[] | undefined;
  private origins: ReadonlySet<string> = new Set();
  /** The last that was found to be ours: most requests ask for the same. */
  private lastServed: string | undefined;

  constructor(
    private readonly server: ServerSettings,
    access: AccessSettings,
  ) {
    const own = server.publicUrl === undefined ? [] : [new URL(server.publicUrl).host];
    const bound = server.host.includes(':') ? `[${server.host}]` : server.host;
    this.hosts = new Set(
      [...loopbackNames, bound, ...own, ...(server.allowedHosts ?? [])].map((host) => host.toLowerCase()),
    );
    const refusal = anyOriginRefusal(server.allowedOrigins, access);
    if (refusal !== undefined) throw new StartError(refusal);
  }

  /** Throws for a request whose `Host` or `Origin` is not ours to answer. */
  check(request: HttpRequest, path: string): void {
    if (countHosts(request) > 1) throw invalidRequest('The request has more than one Host header');
    if (!this.serves(request) && !probePaths.has(path)) {
      throw invalidRequest('This Host is not served here; an operator can add it to ALLOWED_HOSTS', 421);
    }
    const { origin } = request.headers;
    if (origin !== undefined && !allowsOrigin(origin, request, this.allowedOrigins())) {
      throw new OperationError('forbidden', 'This Origin may not call; an operator can add it to ALLOWED_ORIGINS');
    }
  }

  /** Whether the request asks for a name that is ours. */
  serves(request: HttpRequest): boolean {
    const asked = request.headers.host;
    if (asked !== undefined && asked === this.lastServed) return true;
    const host = hostOf(request);
    if (!this.hosts.has(host) && !this.hosts.has(withoutPort(host))) return false;
    this.lastServed = asked;
    return true;
  }

  /** The list may change while the gateway runs. */
  private allowedOrigins(): ReadonlySet<string> {
    const { allowedOrigins } = this.server;
    if (allowedOrigins !== this.listedOrigins) {
      this.listedOrigins = allowedOrigins;
      this.origins = new Set(allowedOrigins ?? []);
    }
    return this.origins;
  }
}

/** Whether a page of this origin may call, given the origins that are listed. */
export function allowsOrigin(origin: string, request: HttpRequest, listed: ReadonlySet<string>): boolean {
  if (origin === 'null') return false;
  const host = hostOf(request);
  return listed.has('*') || listed.has(origin) || origin === `http://${host}` || origin === `https://${host}`;
}

function hostOf(request: HttpRequest): string {
  return request.headers.host?.toLowerCase() ?? '';
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

/** node keeps one of several Host headers and says nothing of the others. */
function countHosts(request: HttpRequest): number {
  const { rawHeaders } = request;
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
