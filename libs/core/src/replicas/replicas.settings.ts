import { setting, settings, value } from '#libs/kit';

/** Its driver reads the parts of the URL when it connects, and throws where it can't. */
const redisUrl = value
  .url('redis', 'rediss')
  .refine(isEncoded)
  .describe('a URL that starts with redis:// or rediss://, in which a % of the password is written as %25');

export class ReplicasSettings extends settings({
  redisUrl: setting('REDIS_URL', redisUrl, {
    key: 'store.redisUrl',
    description: 'Redis through which several gateways over one database act as one; unset: a single replica',
    secret: true,
    renewable: 'password',
  }),
}) {}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
