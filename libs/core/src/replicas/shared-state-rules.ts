import { StartError } from '#libs/kit';
import type { StoreSettings } from '../store/store.settings.js';
import type { ReplicasSettings } from './replicas.settings.js';

/** Throws a StartError where gateways that are to act as one would each keep what they must share. */
export function requireSharedState({ redisUrl }: ReplicasSettings, { databaseUrl, secretKey }: StoreSettings): void {
  if (redisUrl === undefined) return;
  if (databaseUrl === undefined) {
    throw new StartError('REDIS_URL needs DATABASE_URL: the embedded store serves one gateway alone.');
  }
  if (secretKey === undefined) {
    throw new StartError('REDIS_URL needs MCP_SECRET_KEY, the same one at every replica: openssl rand -base64 48.');
  }
}
