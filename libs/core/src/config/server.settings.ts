import { isHostHeader, isUrl, setting, settings, value } from '#libs/kit';

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const MINUTE_MS = 60_000;

const doorNames = ['mcp', 'rpc', 'commands', 'rest', 'realtime', 'dashboard'] as const;

export class ServerSettings extends settings({
  host: setting('HOST', value.host(), {
    key: 'server.host',
    description: 'Address to listen on',
    aliases: ['MCP_HOST'],
    default: '127.0.0.1',
  }),
  port: setting('PORT', value.wholeNumber(0, 65_535), {
    key: 'server.port',
    description: 'Port to listen on; 0 picks a free one, which the log names',
    aliases: ['MCP_PORT'],
    default: '8100',
  }),
  doors: setting(
    'DOORS',
    value
      .list()
      .refine((words) => words.every((word) => (doorNames as readonly string[]).includes(word)))
      .describe(`doors separated by commas: ${doorNames.join(', ')}`),
    { key: 'server.doors', description: 'Doors that are open; the others answer 404', default: doorNames.join(',') },
  ),
  publicUrl: setting('PUBLIC_URL', value.url('http', 'https'), {
    key: 'server.publicUrl',
    description: 'Address under which clients reach the gateway, when a proxy stands before it',
  }),
  allowedHosts: setting(
    'ALLOWED_HOSTS',
    value
      .list()
      .refine((list) => list.every(isHostHeader))
      .describe('host names or addresses separated by commas, IPv6 in brackets, each with or without :port'),
    {
      key: 'security.allowedHosts',
      description: 'Host headers that are answered, besides loopback names, HOST and the host of PUBLIC_URL',
    },
  ),
  allowedOrigins: setting(
    'ALLOWED_ORIGINS',
    value
      .list()
      .refine((list) => list.every((entry) => entry === '*' || (isUrl(entry) && new URL(entry).origin === entry)))
      .describe('origins separated by commas, such as https://agents.example.com, or * where TRUSTED_NETWORKS=none'),
    {
      key: 'security.allowedOrigins',
      runtime: true,
      description: 'Web pages that may call from a browser, besides the gateway’s own origin',
    },
  ),
  maxBodyBytes: setting('MCP_MAX_BODY_BYTES', value.wholeNumber(1_024, MAX_BODY_BYTES), {
    key: 'server.maxBodyBytes',
    runtime: true,
    description: 'Largest request body, in bytes, counted after inflating',
    default: '1048576',
  }),
  tlsCertFile: setting('TLS_CERT_FILE', value.text(), {
    key: 'server.tlsCertFile',
    description:
      'File of a certificate as PEM, with those between it and its authority: the gateway then speaks TLS itself',
  }),
  tlsKeyFile: setting('TLS_KEY_FILE', value.text(), {
    key: 'server.tlsKeyFile',
    description: 'File of the certificate’s private key as PEM',
    namesSecret: true,
  }),
  keepAliveTimeoutMs: setting('KEEP_ALIVE_TIMEOUT_MS', value.wholeNumber(1_000, 10 * MINUTE_MS), {
    key: 'server.keepAliveTimeout',
    description: 'How long an idle connection is kept, in milliseconds; more than a balancer before it does',
    default: '65000',
  }),
  maxConnections: setting('MAX_CONNECTIONS', value.wholeNumber(10, 1_000_000), {
    key: 'server.maxConnections',
    description: 'Connections that may be open at once; more are closed as they come',
    default: '10000',
  }),
  defaultTimeoutMs: setting('DEFAULT_TIMEOUT_MS', value.wholeNumber(100, 60 * MINUTE_MS), {
    key: 'server.timeout',
    runtime: true,
    description: 'Deadline of an operation, in milliseconds',
    default: '30000',
  }),
  hotPath: setting('HOT_PATH', value.oneOf('on', 'off'), {
    key: 'server.hotPath',
    description: 'Answer the busy doors before Express (on), or through it (off)',
    default: 'on',
  }),
}) {
  /** What the gateway itself speaks, whatever a proxy before it does. */
  get scheme(): 'http' | 'https' {
    return this.tlsCertFile === undefined ? 'http' : 'https';
  }
}
