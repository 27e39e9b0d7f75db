import { isUrl } from '#libs/kit';
import type { Environment } from '../config/environment.js';
import { isSecretName } from '../observability/secret-names.js';
import { configOf, isApi, isCommand, type UpstreamConfig } from './upstream-config.js';
import type { UpstreamsSettings } from './upstreams.settings.js';

/** What the entries of `mcpServers` hold under names of secrets, as it is sent and without the word before it. */
export function secretsOfServers({ servers }: Pick<UpstreamsSettings, 'servers'>, environment: Environment): string[] {
  return Object.entries(servers).flatMap(([name, entry]) => secretsOfUpstream(configOf(name, entry, environment)));
}

/** The same of one upstream, wherever it was decided about. */
export function secretsOfUpstream({ target }: UpstreamConfig): string[] {
  if ('problem' in target) return [];
  if (isCommand(target)) return [...secretsIn(target.env), ...secretWords(target.args)];
  if (isApi(target)) return secretsIn(target.headers);
  return [...secretsIn(target.headers), ...secretsIn(target.auth ?? {}), ...secretsIn(queryOf(target.url))];
}

function secretsIn(texts: object): string[] {
  return Object.entries(texts)
    .filter((entry): entry is [string, string] => isSecretName(entry[0]) && typeof entry[1] === 'string')
    .flatMap(([, text]) => [text, text.replace(/^\S+ +/, '')]);
}

function queryOf(url: string): Record<string, string> {
  return isUrl(url) ? Object.fromEntries(new URL(url).searchParams) : {};
}

/** Values of options such as `--token=…` and `--api-key …`. */
export function secretWords(args: readonly string[]): string[] {
  return args.flatMap((word, i) => {
    const [, name, value = args[i + 1]] = /^--?([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    return name !== undefined && value !== undefined && isSecretName(name) ? [value] : [];
  });
}
