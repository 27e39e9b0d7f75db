import { z } from 'zod';
import { isUrl } from '#libs/kit';
import { authEntry, type AuthEntry } from './auth/auth-entry.js';
import type { UpstreamConfig } from './upstream-config.js';
import { isUpstreamName, toolOverride, UPSTREAM_NAME } from './server-entry.js';

const MAX_HEADERS = 50;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;
const HEADER_VALUE = /^[\t\x20-\x7e]{0,8192}$/;
/** What the gateway itself says in headers to an upstream. */
const own = /^(?:host|connection|content-.*|transfer-encoding|accept|mcp-.*|last-event-id)$/i;

/** Judged as a whole: a refusal quotes what is wrong, and these are secrets. */
const headers = z
  .record(z.string(), z.string())
  .refine(
    (given) =>
      Object.keys(given).length <= MAX_HEADERS &&
      Object.entries(given).every(
        ([name, text]) => HEADER_NAME.test(name) && HEADER_VALUE.test(text) && !own.test(name),
      ),
    `at most ${MAX_HEADERS} headers of plain text, and none that the gateway sets itself`,
  );

/** Judged without quoting what is wrong: these are secrets. */
const auth = z.custom<AuthEntry>((given) => {
  const parsed = authEntry.safeParse(given);
  return parsed.success && (parsed.data.type !== 'bearer' || /^[\x21-\x7e]{1,8192}$/.test(parsed.data.token));
}, 'what one of the types bearer (token without blanks), client-credentials (clientId, clientSecret, issuer) and ' + 'authorization-code needs');

const description = z.string().trim().min(1).max(2_000);
const timeoutMs = z.int().min(1_000).max(3_600_000);
const overrides = z.record(z.string(), z.strictObject(toolOverride.shape));
const url = z.string().min(1).max(8_192);

const fromFileOnly = 'no command: what the gateway runs comes from its config file alone';
const nothing = z.custom<undefined>((given) => given === undefined, fromFileOnly).optional();
const refused = { command: nothing, args: nothing, env: nothing, cwd: nothing };

export const registration = z.strictObject({
  name: z.string().refine(isUpstreamName, UPSTREAM_NAME),
  url,
  headers: headers.optional(),
  auth: auth.optional(),
  enabled: z.boolean().default(true),
  description: description.optional(),
  timeoutMs: timeoutMs.optional(),
  overrides: overrides.default({}),
  ...refused,
});

/** `null` takes what was decided away again; `headers` and `overrides` are replaced as a whole. */
export const registrationChange = z.strictObject({
  url: url.optional(),
  headers: headers.nullable().optional(),
  auth: auth.nullable().optional(),
  enabled: z.boolean().optional(),
  description: description.nullable().optional(),
  timeoutMs: timeoutMs.nullable().optional(),
  overrides: overrides.nullable().optional(),
  ...refused,
});

export type Registration = Omit<z.output<typeof registration>, keyof typeof refused>;
export type RegistrationChange = Omit<z.output<typeof registrationChange>, keyof typeof refused>;

/** What an admin's registration means. Whom it names at runtime is public, or in `WEB_ALLOWED_HOSTS`. */
export function registeredConfig(one: Registration): UpstreamConfig {
  const { name, url, headers: given = {}, auth: credential, enabled, description: about = '' } = one;
  const isBearer = credential?.type === 'bearer';
  const bearer: Record<string, string> = isBearer ? { authorization: `Bearer ${credential.token}` } : {};
  const fetched = isBearer ? undefined : credential;
  return {
    name,
    origin: 'admin',
    description: about,
    use: enabled ? 'on' : 'off',
    timeoutMs: one.timeoutMs,
    rules: one.overrides,
    target: { url, transport: undefined, headers: { ...given, ...bearer }, policy: 'open', auth: fetched },
  };
}

/** What a change would keep although it was given for another origin: whoever makes it may not know these. */
export function keptSecrets(one: Registration, change: RegistrationChange): ('headers' | 'auth')[] {
  if (change.url === undefined || originOf(change.url) === originOf(one.url)) return [];
  const has = (member: 'headers' | 'auth') => Object.keys(one[member] ?? {}).length > 0;
  return (['headers', 'auth'] as const).filter((member) => has(member) && change[member] === undefined);
}

function originOf(url: string): string | undefined {
  return isUrl(url) ? new URL(url).origin : undefined;
}

/** A registration with what is to be different. */
export function changed(one: Registration, change: RegistrationChange): Registration {
  const decided = Object.entries(change).filter(([, value]) => value !== undefined);
  const merged = { ...one, ...Object.fromEntries(decided.map(([member, value]) => [member, value ?? undefined])) };
  return { ...merged, overrides: merged.overrides ?? {} };
}
