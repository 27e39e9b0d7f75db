import type { AccessSettings } from '../access/access.settings.js';

/** Why these origins can't be allowed beside callers who are trusted by their address; undefined where they can. */
export function anyOriginRefusal(
  origins: readonly string[] | undefined,
  { requireApiKey, trustedNetworks }: Pick<AccessSettings, 'requireApiKey' | 'trustedNetworks'>,
): string | undefined {
  if (!origins?.includes('*') || requireApiKey || trustedNetworks.empty) return undefined;
  return 'ALLOWED_ORIGINS=* would let every web page call as the caller of a trusted address; name the origins, or set TRUSTED_NETWORKS=none';
}
