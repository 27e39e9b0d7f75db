import { isIP, isIPv6 } from 'node:net';

const labels = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/i;
const withPort = /^([^[\]:]+|\[[^[\]]+\])(?::\d{1,5})?$/;
const MAX_LENGTH = 253;

/** Whether a text is the name of a host, or an IP address without brackets. */
export function isHost(text: string): boolean {
  return isIP(text) !== 0 || isHostName(text);
}

/** Whether a text is a host as a `Host` header has it: IPv6 in brackets, with or without a port. */
export function isHostHeader(text: string): boolean {
  const host = withPort.exec(text)?.[1] ?? '';
  return host.startsWith('[') ? isIPv6(host.slice(1, -1)) : isHost(host);
}

/** What ends in a number is an address that is mistyped. */
function isHostName(text: string): boolean {
  return text.length <= MAX_LENGTH && labels.test(text) && !/(?:^|\.)\d+\.?$/.test(text);
}
