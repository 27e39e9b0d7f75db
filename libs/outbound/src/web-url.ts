import { isIP } from 'node:net';
import { OperationError, isUrl } from '#libs/kit';

/** What was parsed before: who asks the same address again and again does so with one URL. */
const parsed = new WeakMap<URL, URL>();

const MAX_URL_LENGTH = 8_192;
const defaultPorts = new Map([
  ['http:', 80],
  ['https:', 443],
]);

/** Suffixes that only ever name hosts of one's own network. */
const privateSuffixes = [
  'corp',
  'home',
  'home.arpa',
  'internal',
  'intranet',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'private',
].map((suffix) => `.${suffix}`);

/**
 * Parses an absolute http or https URL as browsers do, so that every odd spelling of an address becomes the plain one.
 * Its fragment and the trailing dot of its host are dropped. Throws `invalid` for anything else, user names included.
 */
export function parseWebUrl(given: string | URL): URL {
  if (typeof given === 'string') return parse(given);
  const known = parsed.get(given);
  // a URL can be changed
  if (known?.href === given.href) return known;
  const url = parse(given.href);
  parsed.set(given, url);
  return url;
}

function parse(text: string): URL {
  if (text.length > MAX_URL_LENGTH) throw invalidUrl('a URL that is longer');
  if (!isUrl(text)) throw invalidUrl('text that is none');
  const url = new URL(text);
  if (!defaultPorts.has(url.protocol)) throw invalidUrl('another scheme');
  if (url.username !== '' || url.password !== '') throw invalidUrl('a URL with a user name or password');
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1);
  // an empty label is left over by `http://.`, `a..b` and more than one trailing dot
  if (!isLiteral(hostOf(url)) && url.hostname.split('.').includes('')) throw invalidUrl('a host with an empty label');
  if (url.hash !== '') url.hash = '';
  return url;
}

function invalidUrl(got: string): OperationError {
  const expected = `an absolute http or https URL of at most ${MAX_URL_LENGTH} characters, without user name or password`;
  return new OperationError('invalid', `url: expected ${expected}, got ${got}`, {
    issues: [{ path: 'url', expected, got }],
  });
}

/** The host without the brackets of IPv6. */
export function hostOf(url: URL): string {
  const { hostname } = url;
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

export function portOf(url: URL): number {
  return url.port === '' ? (defaultPorts.get(url.protocol) ?? 0) : Number(url.port);
}

export function isLiteral(host: string): boolean {
  return isIP(host) !== 0;
}

/** Whether a host is this machine by its very name or address. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host.startsWith('127.') || host === '::1';
}

/** Names without a dot, and those under a suffix that no public name has. */
export function isPrivateName(name: string): boolean {
  return !name.includes('.') || privateSuffixes.some((suffix) => name.endsWith(suffix));
}
