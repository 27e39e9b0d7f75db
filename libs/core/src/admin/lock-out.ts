import type { HttpRequest } from '#libs/kit';
import type { AccessSettings } from '../access/access.settings.js';
import { Networks } from '../access/networks.js';
import { originOf } from '../access/request-facts.js';
import { allowsOrigin } from '../edge/allowed-hosts.js';
import { conflict } from '../errors/protocol-error.js';

/** Throws a conflict where settings with these values would not let their own request in again. */
export function refuseLockOut(request: HttpRequest, access: AccessSettings, after: ReadonlyMap<string, unknown>): void {
  const blocked = after.get('security.ipBlacklist');
  if (blocked instanceof Networks && blocked.includes(originOf(request, access.trustedProxies).address)) {
    throw conflict('security.ipBlacklist would hold the address from which this request comes, and lock you out');
  }
  const { origin } = request.headers;
  if (origin === undefined || !after.has('security.allowedOrigins')) return;
  const listed = new Set((after.get('security.allowedOrigins') as readonly string[] | undefined) ?? []);
  if (!allowsOrigin(origin, request, listed)) {
    throw conflict(
      'security.allowedOrigins would no longer hold the page from which this request comes, and lock you out',
    );
  }
}
