import { isObject } from '../config/flat-keys.js';
import { redactText } from '../observability/redaction.js';
import { isSecretName } from '../observability/secret-names.js';
import type { Registration } from './registration.js';
import { secretWords } from './server-secrets.js';

/** Only a variable, with at most one word before it such as `Bearer`. */
const REFERENCE = /^(?:[\w-]+ )?\$\{(?:env:)?[A-Za-z_]\w*\}$/;

export interface ExportedServer {
  entry: Record<string, unknown>;
  /** The variables that stand where credentials stood. */
  variables: string[];
}

/** An entry of `mcpServers` as it was written, with a variable in the place of each credential that it holds itself. */
export function exportedServer(name: string, given: unknown): ExportedServer {
  const variables: string[] = [];
  const hide = (...path: string[]) => {
    const variable = `MCP_${[name, ...path].join('_')}`.toUpperCase().replaceAll(/\W+/g, '_');
    variables.push(variable);
    return `\${${variable}}`;
  };
  const kept = (text: unknown, isSecret: boolean, ...path: string[]) => {
    if (typeof text !== 'string' || REFERENCE.test(text)) return text;
    return isSecret || redactText(text) !== text ? hide(...path) : text;
  };
  const entry: Record<string, unknown> = isObject(given) ? { ...given } : {};
  const { headers, env, args, auth, url } = entry;
  if (isObject(headers)) entry.headers = mapped(headers, (text, key) => kept(text, true, key));
  if (isObject(env)) entry.env = mapped(env, (text, key) => kept(text, isSecretName(key), key));
  if (isObject(auth)) {
    entry.auth = mapped(auth, (text, key) => kept(text, key === 'token' || key === 'clientSecret', key));
  }
  if (Array.isArray(args)) {
    const secret = new Set<unknown>(secretWords(args.map(String)));
    entry.args = args.map((text, at) => kept(text, secret.has(text), 'arg', String(at + 1)));
  }
  if (typeof url === 'string') entry.url = withoutQuery(url, () => hide('query'));
  return { entry, variables };
}

/** What an admin registered, as an entry of `mcpServers`. */
export function entryOf({ name: _, timeoutMs, overrides, ...rest }: Registration): Record<string, unknown> {
  return {
    ...rest,
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    ...(Object.keys(overrides).length > 0 && { tools: overrides }),
  };
}

function withoutQuery(url: string, hide: () => string): string {
  const at = url.indexOf('?');
  return at === -1 || url.slice(at).startsWith('?${') ? url : `${url.slice(0, at)}?${hide()}`;
}

function mapped(members: Record<string, unknown>, of: (value: unknown, key: string) => unknown) {
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [key, of(value, key)]));
}
