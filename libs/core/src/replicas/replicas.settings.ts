import { setting, settings, value } from '#libs/kit';

export class ReplicasSettings extends settings({
  redisUrl: setting('REDIS_URL', value.url('redis', 'rediss'), {
    key: 'store.redisUrl',
    description: 'Redis through which several gateways over one database act as one; unset: a single replica',
    secret: true,
    renewable: 'password',
  }),
}) {}
