import { OperationError, isUrl } from '#libs/kit';
import { NamedOrigin, type TargetPolicy } from '#libs/outbound';
import type { Environment } from '../config/environment.js';
import type { AuthEntry, FetchedAuth } from './auth/auth-entry.js';
import { installLine, knownServers } from './known-servers.js';
import type { ServerEntry, ToolRules } from './server-entry.js';
import { allWithVariables, MissingVariable, withVariables } from './variables.js';

/** A process that the gateway starts. */
export interface CommandTarget {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly network: boolean;
}

export interface AddressTarget {
  readonly url: string;
  /** Undefined: found out. */
  readonly transport: 'http' | 'sse' | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly policy: TargetPolicy;
  /** How its `Authorization` is fetched, where that is no fixed header. */
  readonly auth?: FetchedAuth | undefined;
}

/** An HTTP API that an OpenAPI document describes. */
export interface ApiTarget {
  readonly document: { readonly url: string } | { readonly file: string };
  readonly baseUrl: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly policyFor: (url: string) => TargetPolicy;
}

/** All that the operator or an admin decided about one upstream. */
export interface UpstreamConfig {
  readonly name: string;
  readonly origin: 'file' | 'admin';
  readonly description: string;
  /** A reference is only told about. */
  readonly use: 'on' | 'off' | 'reference';
  readonly timeoutMs: number | undefined;
  readonly rules: ToolRules;
  /** Where it is, or why that can't be known. */
  readonly target: CommandTarget | AddressTarget | ApiTarget | { readonly problem: string };
}

export function isCommand(target: UpstreamConfig['target']): target is CommandTarget {
  return 'command' in target;
}

/** Whether each caller authorizes the gateway for itself. */
export function isOfCallers(target: UpstreamConfig['target']): boolean {
  return 'auth' in target && target.auth?.type === 'authorization-code';
}

export function isApi(target: UpstreamConfig['target']): target is ApiTarget {
  return 'document' in target;
}

/** What an entry of the config means, with its variables filled in. */
export function configOf(name: string, entry: ServerEntry, environment: Environment): UpstreamConfig {
  const isOn = entry.enabled ?? !(entry.disabled ?? false);
  const known = knownServers.get(name);
  const isLocal = entry.location === 'local' || (known && entry.enabled !== true);
  const isReference = isLocal && entry.command === undefined && entry.url === undefined && entry.document === undefined;
  return {
    name,
    origin: 'file',
    description: entry.description ?? known?.description ?? '',
    use: isReference ? 'reference' : isOn ? 'on' : 'off',
    timeoutMs: entry.timeout ?? known?.timeoutMs,
    rules: entry.tools ?? entry.overrides ?? {},
    target: targetOf(name, entry, environment),
  };
}

/** A known server that the config does not name. */
export function referenceTo(name: string): UpstreamConfig {
  const known = knownServers.get(name);
  const start = known ? ` Start it beside the agent with: ${installLine(known)}` : '';
  return {
    name,
    origin: 'file',
    description: `${known?.description ?? ''}${start}`,
    use: 'reference',
    timeoutMs: undefined,
    rules: {},
    target: { problem: 'it runs beside the agent' },
  };
}

function targetOf(name: string, entry: ServerEntry, environment: Environment): UpstreamConfig['target'] {
  try {
    if ((entry.type ?? entry.transport) === 'openapi') return apiOf(name, entry, environment);
    return entry.url === undefined ? commandOf(name, entry, environment) : addressOf(name, entry, environment);
  } catch (error) {
    // a URL with a user name, or no host
    if (error instanceof MissingVariable || error instanceof OperationError) return { problem: error.message };
    throw error;
  }
}

function commandOf(name: string, entry: ServerEntry, environment: Environment): CommandTarget {
  const known = knownServers.get(name);
  const command = entry.command ?? known?.command ?? '';
  const args =
    entry.command === undefined && known ? [...known.args, ...(known.atGateway?.() ?? []), ...entry.args] : entry.args;
  return {
    command: withVariables(command, environment),
    args: args.map((text) => withVariables(text, environment)),
    env: allWithVariables(entry.env, environment),
    cwd: entry.cwd === undefined ? undefined : withVariables(entry.cwd, environment),
    network: entry.network,
  };
}

function credentialsOf({ auth, headers }: ServerEntry, environment: Environment) {
  const fixed = allWithVariables(headers, environment);
  if (!auth) return { headers: fixed, auth: undefined };
  const filled = allWithVariables(auth, environment) as AuthEntry;
  if (filled.type !== 'bearer') return { headers: fixed, auth: filled };
  return { headers: { ...fixed, authorization: `Bearer ${filled.token}` }, auth: undefined };
}

/** The operator named the API and its document, so either may be private. */
function apiOf(name: string, entry: ServerEntry, environment: Environment): UpstreamConfig['target'] {
  const url = entry.url === undefined ? undefined : withVariables(entry.url, environment);
  const baseUrl = entry.baseUrl === undefined ? undefined : withVariables(entry.baseUrl, environment);
  for (const [member, given] of Object.entries({ url, baseUrl })) {
    if (given !== undefined && !isWebAddress(given))
      return { problem: `its ${member} must start with http:// or https://` };
  }
  return {
    document: url === undefined ? { file: withVariables(entry.document ?? '', environment) } : { url },
    baseUrl,
    headers: credentialsOf(entry, environment).headers,
    policyFor: (address) => new NamedOrigin(`The upstream ${name}`, address),
  };
}

function isWebAddress(url: string): boolean {
  return isUrl(url) && /^https?:$/.test(new URL(url).protocol);
}

function addressOf(name: string, entry: ServerEntry, environment: Environment): UpstreamConfig['target'] {
  const url = withVariables(entry.url ?? '', environment);
  if (!isWebAddress(url)) {
    return { problem: 'its url must start with http:// or https://' };
  }
  const type = entry.type ?? entry.transport;
  const transport = type === 'sse' ? 'sse' : type === undefined ? undefined : 'http';
  const { auth, headers } = credentialsOf(entry, environment);
  return { url, transport, headers, auth, policy: new NamedOrigin(`The upstream ${name}`, url) };
}
