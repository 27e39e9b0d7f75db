import type { IncomingHttpHeaders } from 'node:http';

/**
 * The hops that proxies have written down, left to right, as `X-Forwarded-For` or `Forwarded` (RFC 7239) has them; one
 * that hides or garbles its client is some text that is no address. Empty where there is no chain, where there are two
 * that could contradict each other, and where it can't be read: clients write the left part of it.
 */
export function forwardedChain(headers: IncomingHttpHeaders): string[] {
  const list = headers['x-forwarded-for'];
  const { forwarded } = headers;
  if (list !== undefined && forwarded !== undefined) return [];
  const hops = list !== undefined ? String(list).split(',') : hopsOf(forwarded ?? '');
  return hops.map((hop) => withoutPort(hop.trim()));
}

/** One `name=value`, its value a token (a little wider than the RFC's) or quoted text, and what ends it. */
const PAIR = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([^\s",;=]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?(;|,|$)/y;

/** The `for` of each element; a comma or semicolon in quoted text separates nothing. */
function hopsOf(forwarded: string): string[] {
  const hops: string[] = [];
  let hop: string | undefined;
  PAIR.lastIndex = 0;
  for (;;) {
    const match = PAIR.exec(forwarded);
    if (!match) return [];
    const [, name, token, quoted, end] = match;
    if (name?.toLowerCase() === 'for') {
      if (hop !== undefined) return [];
      hop = token ?? quoted?.replaceAll(/\\(.)/g, '$1') ?? '';
    }
    if (end === ';') continue;
    hops.push(hop ?? '');
    hop = undefined;
    if (end === '') return hops;
  }
}

function withoutPort(address: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(address) ?? [];
  if (bracketed?.includes(':')) return bracketed;
  return /^\d+(?:\.\d+){3}:\d+$/.test(address) ? address.slice(0, address.indexOf(':')) : address;
}
