import { setting, settings, value } from '#libs/kit';

/** What the cloudflare service reads from the environment. */
export class CloudflareSettings extends settings({
  token: setting('CLOUDFLARE_API_TOKEN', value.text(), {
    key: 'cloudflare.apiToken',
    description: 'API token of Cloudflare, with the permissions that agents are to have there',
    secret: true,
    renewable: true,
  }),
  accountId: setting('CLOUDFLARE_ACCOUNT_ID', value.text(), {
    key: 'cloudflare.accountId',
    description: 'Cloudflare account whose videos agents reach',
  }),
  zoneId: setting('CLOUDFLARE_ZONE_ID', value.text(), {
    key: 'cloudflare.zoneId',
    description: 'Cloudflare zone, by name or id, that a call means when it names none',
  }),
  apiUrl: setting('CLOUDFLARE_API_URL', value.url('http', 'https'), {
    key: 'cloudflare.apiUrl',
    description: 'Where the API of Cloudflare is',
    default: 'https://api.cloudflare.com/client/v4',
  }),
}) {}
