import { z } from 'zod';

export interface SyslogAddress {
  readonly protocol: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

const FORM = /^syslog\+(udp|tcp|tls):\/\/(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i;
/** RFC 5426, RFC 6587 by custom, and RFC 5425. */
const usualPorts = { udp: 514, tcp: 601, tls: 6514 };

export const syslogAddress = z
  .string()
  .transform((text, context): SyslogAddress => {
    const [, scheme, host, port] = FORM.exec(text) ?? [];
    const protocol = scheme?.toLowerCase() as SyslogAddress['protocol'] | undefined;
    if (protocol && host !== undefined) {
      const number = port === undefined ? usualPorts[protocol] : Number(port);
      if (number > 0 && number < 65_536) return { protocol, host: host.replace(/^\[|\]$/g, ''), port: number };
    }
    context.addIssue({ code: 'custom', message: 'it is no address of syslog' });
    return z.NEVER;
  })
  .describe('an address such as syslog+tls://logs.example.com:6514, with tls, tcp or udp');
