import ipaddr from 'ipaddr.js';

/** Azure's platform services answer here, on an address that looks like any other. */
const AZURE_PLATFORM = '168.63.129.16';

/**
 * Whether an address belongs to the public internet. An IPv6 address that carries an IPv4 one is public only where that
 * one is; what is no address, or names an interface (`fe80::1%eth0`), never is.
 */
export function isPublicAddress(text: string): boolean {
  if (text.includes('%') || !ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv4 ? isPublicIPv4(address) : isPublicIPv6(address);
}

function isPublicIPv4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast' && address.toString() !== AZURE_PLATFORM;
}

function isPublicIPv6(address: ipaddr.IPv6): boolean {
  const parts = address.parts;
  const translated = translatedIPv4(parts);
  if (translated) return [...translated, ...isatapIPv4(parts)].every(isPublicIPv4);
  return isGlobal(address) && isatapIPv4(parts).every(isPublicIPv4);
}

/** 2000::/3 is all that was ever given out; the ranges for special use inside it are none for us. */
function isGlobal(address: ipaddr.IPv6): boolean {
  return ((address.parts[0] ?? 0) & 0xe000) === 0x2000 && address.range() === 'unicast';
}

/**
 * The IPv4 addresses that a translator or tunnel would send the packet to; undefined where the address is no such form.
 * 64:ff9b:1::/48 (RFC 8215) is missing on purpose: where in it the IPv4 address stands is up to the network, and the
 * range is for local use.
 */
function translatedIPv4(parts: readonly number[]): ipaddr.IPv4[] | undefined {
  const [a = 0, b = 0, c = 0, d = 0, , f = 0, g = 0, h = 0] = parts;
  const last = [ipv4(g, h)];
  if (isZero(parts, 0, 6)) return last; // compatible, ::a.b.c.d, RFC 4291
  if (isZero(parts, 0, 5) && f === 0xffff) return last; // mapped, ::ffff:a.b.c.d, RFC 4291
  if (isZero(parts, 0, 4) && parts[4] === 0xffff && f === 0) return last; // translated, ::ffff:0:a.b.c.d, RFC 2765
  if (a === 0x64 && b === 0xff9b && isZero(parts, 2, 6)) return last; // NAT64, RFC 6052
  if (a === 0x2002) return [ipv4(b, c)]; // 6to4, RFC 3056
  if (a === 0x2001 && b === 0) return [ipv4(c, d), ipv4(~g & 0xffff, ~h & 0xffff)]; // Teredo: server, client, RFC 4380
  return undefined;
}

/** ISATAP (RFC 5214): the IPv4 address in an interface identifier 0:5efe:a.b.c.d or 200:5efe:a.b.c.d, in any network. */
function isatapIPv4(parts: readonly number[]): ipaddr.IPv4[] {
  const [, , , , e = 0, f = 0, g = 0, h = 0] = parts;
  return (e & 0xfdff) === 0 && f === 0x5efe ? [ipv4(g, h)] : [];
}

function isZero(parts: readonly number[], from: number, to: number): boolean {
  return parts.slice(from, to).every((part) => part === 0);
}

function ipv4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}
