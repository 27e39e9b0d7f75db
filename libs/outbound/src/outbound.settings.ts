import { setting, settings, value } from '#libs/kit';
import { HostList } from './host-list.js';

const MINUTE_MS = 60_000;

const hosts = value
  .list()
  .transform((entries, context) => {
    try {
      return new HostList(entries);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return new HostList([]);
    }
  })
  .describe('hosts separated by commas: names, *.suffix, addresses or CIDRs, each with or without :port');

const ports = value
  .list()
  .refine((list) => list.every((port) => /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536))
  .transform((list) => new Set(list.map(Number)))
  .describe('ports from 1 to 65535 separated by commas');

export class OutboundSettings extends settings({
  timeoutMs: setting('HTTP_TIMEOUT_MS', value.wholeNumber(100, 60 * MINUTE_MS), {
    description: 'How long a request to a back end or a web page may take in all, in milliseconds',
    default: '30000',
    key: 'outbound.timeoutMs',
    runtime: true,
  }),
  allowedHosts: setting('WEB_ALLOWED_HOSTS', hosts, {
    description: 'Private hosts that agents may reach, and on which ports',
    key: 'outbound.allowedHosts',
  }),
  allowedPorts: setting('WEB_ALLOWED_PORTS', ports, {
    description: 'Ports of public hosts that agents may reach, besides 80 and 443',
    key: 'outbound.allowedPorts',
  }),
  httpsProxy: setting('HTTPS_PROXY', value.url('http', 'https'), {
    description: 'Proxy for https addresses',
    aliases: ['https_proxy'],
    secret: true,
    renewable: true,
    key: 'outbound.httpsProxy',
  }),
  httpProxy: setting('HTTP_PROXY', value.url('http', 'https'), {
    description: 'Proxy for http addresses',
    aliases: ['http_proxy'],
    secret: true,
    renewable: true,
    key: 'outbound.httpProxy',
  }),
  noProxy: setting('NO_PROXY', value.text(), {
    description: 'Hosts that are reached without the proxy: names with their subdomains, addresses, CIDRs, or *',
    aliases: ['no_proxy'],
    key: 'outbound.noProxy',
  }),
}) {}
