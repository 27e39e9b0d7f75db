import type { Environment } from '../config/environment.js';
import { isSecretName } from '../observability/secret-names.js';
import { configOf } from './upstream-config.js';
import type { UpstreamsSettings } from './upstreams.settings.js';

/** What the entries of `mcpServers` hold under names of secrets, as it is sent and without the word before it. */
export function secretsOfServers({ servers }: Pick<UpstreamsSettings, 'servers'>, environment: Environment): string[] {
  return Object.entries(servers).flatMap(([name, entry]) => {
    const { target } = configOf(name, entry, environment);
    const texts = 'headers' in target ? target.headers : 'env' in target ? target.env : {};
    return Object.entries(texts)
      .filter(([key]) => isSecretName(key))
      .flatMap(([, text]) => [text, text.replace(/^\S+ +/, '')]);
  });
}
