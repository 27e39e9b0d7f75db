import { isUrl } from '#libs/kit';
import { NamedOrigin } from '#libs/outbound';

const NAME = 'The Docker engine';

/** Where the engine answers; undefined for a kind of address that is not spoken here, such as `ssh://`. */
export function engineAddress(host: string): NamedOrigin | undefined {
  if (host.startsWith('unix://')) return new NamedOrigin(NAME, 'http://docker', host.slice('unix://'.length));
  const url = host.replace(/^tcp:/, 'http:');
  return /^https?:/.test(url) && isUrl(url) ? new NamedOrigin(NAME, url) : undefined;
}
