import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

interface Entry {
  name?: string;
  /** With its leading dot. */
  suffix?: string;
  range?: Range;
  /** Undefined is any port. */
  port: number | undefined;
}

const namePattern = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/;

/** Hosts by name, by `*.suffix`, by address or by CIDR, each with or without `:port`. */
export class HostList {
  private readonly entries: readonly Entry[];

  /** Throws an Error that says which entry is none of them, and not what it is: it may be part of a setting. */
  constructor(entries: readonly string[]) {
    this.entries = entries.map((text, index) => {
      const entry = parseEntry(text);
      if (!entry) throw new Error(`entry ${index + 1} is no host`);
      return entry;
    });
  }

  /** `name` in lower case, without a trailing dot. `*.suffix` does not take in the suffix itself. */
  hasName(name: string, port: number): boolean {
    return this.entries.some(
      (entry) =>
        (entry.name === name || (entry.suffix !== undefined && name.endsWith(entry.suffix))) && opens(entry, port),
    );
  }

  /** Whether any address could be on it with this port. */
  hasRanges(port: number): boolean {
    return this.entries.some((entry) => entry.range !== undefined && opens(entry, port));
  }

  /** An IPv4-mapped address counts as the IPv4 address. */
  hasAddress(text: string, port: number): boolean {
    if (this.entries.length === 0 || text.includes('%') || !ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return this.entries.some(
      ({ range, ...entry }) =>
        range !== undefined && address.kind() === range[0].kind() && address.match(range) && opens(entry, port),
    );
  }
}

function opens(entry: Entry, port: number): boolean {
  return entry.port === undefined || entry.port === port;
}

function parseEntry(text: string): Entry | undefined {
  const [host, portText] = split(text);
  if (portText !== undefined && !isPort(portText)) return undefined;
  const port = portText === undefined ? undefined : Number(portText);
  const range = parseRange(host);
  if (range) return { range, port };
  const isSuffix = host.startsWith('*.');
  const name = parseName(isSuffix ? host.slice(2) : host);
  if (name === undefined) return undefined;
  return isSuffix ? { suffix: `.${name}`, port } : { name, port };
}

function split(text: string): [host: string, port: string | undefined] {
  const inBrackets = bracketed.exec(text);
  if (inBrackets) return [inBrackets[1] ?? '', inBrackets[2]];
  const [host = '', port, ...more] = text.split(':');
  if (port === undefined || more.length > 0) return [text, undefined];
  return [host, port];
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function parseName(name: string): string | undefined {
  const ascii = domainToASCII(name).replace(/\.$/, '');
  // what looks like a number would be an address in a URL; domainToASCII stops at what would end a host in a URL
  const isName = !/[/\\?#@%]/.test(name) && namePattern.test(ascii) && !/(^|\.)(0x[0-9a-f]*|\d+)$/.test(ascii);
  return isName ? ascii : undefined;
}

function parseRange(text: string): Range | undefined {
  const [address = '', bits, ...more] = text.split('/');
  if (!isAddress(address) || more.length > 0) return undefined;
  const parsed = ipaddr.parse(address);
  const widest = parsed.kind() === 'ipv4' ? 32 : 128;
  const length = bits === undefined ? widest : Number(bits);
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || length > widest)) return undefined;
  return [parsed, length];
}

function isAddress(text: string): boolean {
  return (
    ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text))
  );
}
