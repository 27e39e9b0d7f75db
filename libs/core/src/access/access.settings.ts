import { actions, setting, settings, value } from '#libs/kit';
import { Networks } from './networks.js';
import { isPermission, ROLE } from './permissions.js';

const networks = value
  .list()
  .transform((entries, context) => {
    try {
      return new Networks(entries);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return new Networks([]);
    }
  })
  .describe('networks separated by commas: CIDRs, loopback, private, none, or !CIDR to leave one out');

const trustedNetworks = networks
  .refine((list) => !list.reachesPublic, 'public addresses cannot be trusted')
  .describe('private networks separated by commas: CIDRs, loopback, private, none, or !CIDR to leave one out');

const trustedPermissions = value
  .list()
  .refine((list) => list.every(isPermission), 'an entry is no permission')
  .refine(
    (list) => !list.some((name) => name === '*' || name.split(':').includes('admin') || name.startsWith(ROLE)),
    'admin is never granted by address, nor is a role',
  )
  .describe(`permissions separated by commas, such as ${actions.slice(0, 4).join(',')}; admin and * need a key`);

export class AccessSettings extends settings({
  requireApiKey: setting('MCP_REQUIRE_API_KEY', value.flag(), {
    key: 'security.requireApiKey',
    description: 'Every caller must present a key; the same as TRUSTED_NETWORKS=none',
    default: 'false',
  }),
  trustedNetworks: setting('TRUSTED_NETWORKS', trustedNetworks, {
    key: 'security.trustedNetworks',
    description: 'Peers that may call without a key, as the caller `local`',
    default: 'loopback',
  }),
  trustedProxies: setting('TRUSTED_PROXIES', networks, {
    key: 'security.trustedProxies',
    description: 'Reverse proxies whose X-Forwarded-For is believed',
    default: 'none',
  }),
  trustedPermissions: setting('TRUSTED_PERMISSIONS', trustedPermissions, {
    key: 'security.trustedPermissions',
    description: 'What `local` may do; unset: read,write,monitor while HOST is a loopback address, else read',
  }),
  ipBlacklist: setting('MCP_IP_BLACKLIST', networks, {
    key: 'security.ipBlacklist',
    runtime: true,
    description: 'Addresses that are refused, whatever they present; /health and /ready answer them',
    default: 'none',
  }),
  adminKey: setting(
    'MCP_ADMIN_KEY',
    value
      .text()
      .regex(/^[A-Za-z0-9_-]{24,256}$/)
      .describe('24 or more characters of A-Z a-z 0-9 _ -'),
    {
      key: 'security.adminKey',
      description: 'The first admin key; unset: made at the first start',
      secret: true,
      renewable: true,
    },
  ),
  allowQueryKey: setting('MCP_ALLOW_QUERY_KEY', value.flag(), {
    key: 'security.allowQueryKey',
    description: 'Take a key from ?api_key= too, with read permission only',
    default: 'false',
  }),
}) {}
