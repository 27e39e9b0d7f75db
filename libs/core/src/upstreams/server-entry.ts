import { z } from 'zod';
import { isServiceName, SERVICE_NAME } from '../catalog/names.js';
import { authEntry } from './auth/auth-entry.js';
import { knownServers } from './known-servers.js';

const MAX_SERVERS = 200;
const MAX_NAME = 24;
const MAX_TIMEOUT_MS = 3_600_000;
/** Some programs write seconds: no call is meant to end within a second. */
const SHORTEST_TIMEOUT_MS = 1_000;

const text = z.string().min(1);
/** People write numbers where programs want texts. */
const words = z.union([z.string(), z.number(), z.boolean()]).transform(String);

export const toolOverride = z.object({
  enabled: z.boolean().optional(),
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'a name of letters, digits, _, . and -, at most 64')
    .optional(),
  description: z.string().min(1).max(10_000).optional(),
});

export type ToolOverride = z.output<typeof toolOverride>;

/** What the operator changes about an upstream's tools: by their own names, or the list of all that are wanted. */
export const toolRules = z.union([z.array(text), z.record(z.string(), toolOverride)]);

export type ToolRules = z.output<typeof toolRules>;

const transport = z.enum(['stdio', 'http', 'streamable-http', 'streamableHttp', 'sse', 'openapi']);

const timeout = z
  .number()
  .positive()
  .transform((given) => Math.round(given < SHORTEST_TIMEOUT_MS ? given * 1_000 : given))
  .pipe(z.number().max(MAX_TIMEOUT_MS));

/** One server as programs write it that people copy from. Members that are not known are left out. */
const serverEntry = z.object({
  command: text.optional(),
  args: z.array(words).default([]),
  env: z.record(z.string(), words).default({}),
  cwd: text.optional(),
  url: text.optional(),
  type: transport.optional(),
  transport: transport.optional(),
  /** Of an HTTP API: a file with its OpenAPI document, in place of a url. */
  document: text.optional(),
  /** Where an HTTP API is, if not where its OpenAPI document says. */
  baseUrl: text.optional(),
  headers: z.record(z.string(), words).default({}),
  enabled: z.boolean().optional(),
  disabled: z.boolean().optional(),
  /** `local` without a command: it runs beside the agent, and the catalog only tells of it. */
  location: z.enum(['local', 'upstream']).optional(),
  description: z.string().min(1).max(2_000).optional(),
  timeout: timeout.optional(),
  auth: authEntry.optional(),
  /** Whether a command may use the network. */
  network: z.boolean().default(true),
  tools: toolRules.optional(),
  overrides: toolRules.optional(),
});

export type ServerEntry = z.output<typeof serverEntry>;

/** What a server of `mcpServers` may have without a warning. */
export const serverMembers: ReadonlySet<string> = new Set([
  ...Object.keys(serverEntry.shape),
  'alwaysAllow',
  'autoApprove',
  'name',
]);

/** Whether a text can name an upstream. */
export function isUpstreamName(name: string): boolean {
  return isServiceName(name) && name.length <= MAX_NAME;
}

export const UPSTREAM_NAME = `${SERVICE_NAME}, at most ${MAX_NAME} characters`;

/** All servers by name. What is wrong is told by its place, without its value. */
export const serverEntries = z.record(z.string(), z.unknown()).transform((servers, context) => {
  const entries: Record<string, ServerEntry> = {};
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (Object.keys(servers).length > MAX_SERVERS) return refuse(`there are more than ${MAX_SERVERS}`);
  for (const [name, given] of Object.entries(servers)) {
    const shown = JSON.stringify(name.slice(0, 60));
    if (!isUpstreamName(name)) return refuse(`the name ${shown} must be ${UPSTREAM_NAME}`);
    const parsed = serverEntry.safeParse(given);
    if (!parsed.success) {
      const path = [name, ...(parsed.error.issues[0]?.path ?? [])].join('.');
      return refuse(`${path} is not what it should be`);
    }
    if (parsed.data.command !== undefined && parsed.data.url !== undefined) {
      return refuse(`${shown} has a command and a url; keep one`);
    }
    const { command, url, document } = parsed.data;
    const isRun = command !== undefined || url !== undefined || document !== undefined;
    if (!isRun && !knownServers.has(name) && parsed.data.location !== 'local') {
      return refuse(`${shown} needs a command or a url`);
    }
    if (document !== undefined && (url !== undefined || (parsed.data.type ?? parsed.data.transport) !== 'openapi')) {
      return refuse(`${shown} has a document, which needs "type": "openapi" and no url`);
    }
    entries[name] = parsed.data;
  }
  return entries;
});
