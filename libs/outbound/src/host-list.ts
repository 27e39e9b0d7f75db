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

  /** Throws an Error that names the entry that is none of them. */
  constructor(entries: readonly string[]) {
    this.entries = entries.map(parseEntry);
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

function parseEntry(text: string): Entry {
  const [host, portText] = split(text);
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port < 1 || port > 65_535)) throw noHost(text);
  const range = parseRange(host);
  if (range) return { range, port };
  if (host.startsWith('*.')) return { suffix: `.${parseName(host.slice(2), text)}`, port };
  return { name: parseName(host, text), port };
}

function split(text: string): [host: string, port: string | undefined] {
  const inBrackets = bracketed.exec(text);
  if (inBrackets) return [inBrackets[1] ?? '', inBrackets[2]];
  const [host = '', port, ...more] = text.split(':');
  if (port === undefined || more.length > 0) return [text, undefined];
  if (!/^\d{1,5}$/.test(port)) throw noHost(text);
  return [host, port];
}

function parseName(name: string, entry: string): string {
  const ascii = domainToASCII(name).replace(/\.$/, '');
  // what looks like a number would be an address in a URL; domainToASCII stops at what would end a host in a URL
  if (/[/\\?#@%]/.test(name) || !namePattern.test(ascii) || /(^|\.)(0x[0-9a-f]*|\d+)$/.test(ascii)) throw noHost(entry);
  return ascii;
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

function noHost(text: string): Error {
  return new Error(`${JSON.stringify(text)} is no host`);
}
