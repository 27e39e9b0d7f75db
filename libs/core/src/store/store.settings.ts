import { setting, settings, value } from '#libs/kit';

export class StoreSettings extends settings({
  databaseUrl: setting('DATABASE_URL', value.url('postgres', 'postgresql'), {
    key: 'store.databaseUrl',
    description: 'PostgreSQL database that holds the gateway’s state; unset: a server of its own in the data directory',
    secret: true,
    renewable: 'password',
  }),
  dataDir: setting('DATA_DIR', value.text(), {
    key: 'store.dataDir',
    description: 'Directory for what the gateway keeps; unset: ./data, as root a directory below /var/lib/mcp-gateway',
  }),
  secretKey: setting('MCP_SECRET_KEY', value.text(32), {
    key: 'security.secretKey',
    description: 'Secret from which the gateway’s keys are derived; unset: made in the data directory',
    secret: true,
    renewable: true,
  }),
  secretKeyPrevious: setting('MCP_SECRET_KEY_PREVIOUS', value.text(32), {
    description: 'The secret before MCP_SECRET_KEY was changed; keys are taken over as they are used',
    secret: true,
    renewable: true,
    key: 'store.secretKeyPrevious',
  }),
}) {}
