import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

const IPV4_BITS = 32;
const IPV6_BITS = 128;

const words = new Map<string, readonly string[]>([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
  ['none', []],
]);

/** Ranges that can't be reached from the internet, and so may be trusted by address. */
const unroutable = ['loopback', 'private']
  .flatMap((word) => words.get(word) ?? [])
  .concat('169.254.0.0/16', 'fe80::/10')
  .map(rangeIn)
  .filter((range) => range !== undefined);

/** Decisions kept per address text; a peer asks again with each request. */
const REMEMBERED = 1_000;

/**
 * A list of networks: CIDRs, single addresses, the words `loopback`, `private` and `none`; an entry that starts with `!`
 * takes its addresses out again.
 */
export class Networks {
  private readonly entries: readonly string[];
  private readonly included: Range[] = [];
  private readonly excluded: Range[] = [];
  private readonly decided = new Map<string, boolean>();

  /** Throws an Error that says which entry is no network, and not what it is: it may be part of a setting. */
  constructor(entries: readonly string[]) {
    this.entries = entries.filter((entry) => entry.toLowerCase() !== 'none');
    for (const [index, entry] of entries.entries()) {
      const negated = entry.startsWith('!');
      const text = negated ? entry.slice(1) : entry;
      for (const each of words.get(text.toLowerCase()) ?? [text]) {
        const range = rangeIn(each);
        if (!range) throw new Error(`entry ${index + 1} is no network`);
        (negated ? this.excluded : this.included).push(range);
      }
    }
  }

  /** The list as it is shown: its entries. */
  toJSON(): readonly string[] {
    return this.entries;
  }

  includes(address: string): boolean {
    const known = this.decided.get(address);
    if (known !== undefined) return known;
    const decision = this.decide(address);
    if (this.decided.size >= REMEMBERED) this.decided.clear();
    this.decided.set(address, decision);
    return decision;
  }

  get empty(): boolean {
    return this.included.length === 0;
  }

  /** Whether any of the included ranges could hold an address of the public internet. */
  get reachesPublic(): boolean {
    return this.included.some(
      ([address, bits]) => !unroutable.some((range) => range[1] <= bits && matches(address, range)),
    );
  }

  /** The same for all ways to write the included ranges, one by one. */
  get ranges(): string {
    return this.included.map(rangeText).join(',');
  }

  private decide(text: string): boolean {
    if (!isAddress(text)) return false;
    const address = ipaddr.process(text);
    return (
      this.included.some((range) => matches(address, range)) && !this.excluded.some((range) => matches(address, range))
    );
  }
}

function matches(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function rangeText([address, bits]: Range): string {
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${family.networkAddressFromCIDR(`${address.toString()}/${bits}`).toString()}/${bits}`;
}

/** Whether a text is an address as people write it, and none of the short, octal or hexadecimal forms of IPv4. */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text));
}

/** Whether a text names a network: a CIDR, an address, or a word such as `private`. */
export function isNetwork(text: string): boolean {
  try {
    return !new Networks([text]).empty;
  } catch {
    return false;
  }
}

function rangeIn(text: string): Range | undefined {
  const [address = '', bits, ...more] = text.split('/');
  if (!isAddress(address) || more.length > 0) return undefined;
  const parsed = ipaddr.parse(address);
  const widest = parsed.kind() === 'ipv4' ? IPV4_BITS : IPV6_BITS;
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > widest)) return undefined;
  const length = bits === undefined ? widest : Number(bits);
  // peers are compared as IPv4 where they are, so a list must be too
  const mapped = length >= IPV6_BITS - IPV4_BITS ? ipaddr.process(address) : parsed;
  return [mapped, mapped.kind() === parsed.kind() ? length : length - (IPV6_BITS - IPV4_BITS)];
}
