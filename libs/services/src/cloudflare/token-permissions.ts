/** Permissions of an API token, by the names that Cloudflare's dashboard has for them. */
export const tokenPermissions = {
  none: undefined,
  zoneRead: 'Zone · Zone · Read',
  dnsRead: 'Zone · DNS · Read',
  dnsEdit: 'Zone · DNS · Edit',
  cachePurge: 'Zone · Cache Purge · Purge',
  analyticsRead: 'Zone · Analytics · Read',
  anyAnalyticsRead: 'Analytics · Read of the zone or account that the query is about',
  streamRead: 'Account · Stream · Read',
  streamEdit: 'Account · Stream · Edit',
} as const;

export type TokenPermission = (typeof tokenPermissions)[keyof typeof tokenPermissions];
