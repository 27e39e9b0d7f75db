import { setting, settings, value } from '#libs/kit';

export class BackgroundSettings extends settings({
  places: setting('MCP_BACKGROUND_PLACES', value.wholeNumber(0, 1_000), {
    description: 'Calls in the background that this gateway runs at once; 0 leaves them to other replicas',
    default: '8',
    key: 'background.places',
    runtime: true,
  }),
  timeoutMs: setting('MCP_BACKGROUND_TIMEOUT_MS', value.wholeNumber(1_000, 7 * 86_400_000), {
    description:
      'How long a call in the background may run, in milliseconds, where its operation is not given longer anyhow',
    default: '3600000',
    key: 'background.timeoutMs',
    runtime: true,
  }),
  ttlMs: setting('MCP_BACKGROUND_TTL_MS', value.wholeNumber(1_000, 30 * 86_400_000), {
    description: 'How long a call in the background may wait, and how long its outcome is kept, in milliseconds',
    default: '86400000',
    key: 'background.ttlMs',
    runtime: true,
  }),
  keptBytes: setting('MCP_BACKGROUND_KEPT_BYTES', value.wholeNumber(0, 2 ** 40), {
    description:
      'What the store keeps of one caller’s calls in the background, their outcomes above all, in bytes; whoever has as much starts no more until some expire. 0 for any',
    default: '67108864',
    key: 'background.keptBytes',
    runtime: true,
  }),
  leaseMs: setting('MCP_BACKGROUND_LEASE_MS', value.wholeNumber(1_000, 600_000), {
    description:
      'Silence after which the replica that runs a call in the background counts as gone, in milliseconds; the same at all replicas',
    default: '10000',
    key: 'background.leaseMs',
  }),
}) {}
