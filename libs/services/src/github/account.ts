import { z } from 'zod';
import { at, malformed, shaped } from './answers.js';
import type { Github } from './github.client.js';

const limits = z.object({
  resources: z.record(z.string(), z.object({ limit: z.int(), remaining: z.int(), reset: z.int() })),
});
const app = z.object({ slug: z.string(), permissions: z.record(z.string(), z.string()), url: z.string() });

export async function rateLimits(github: Github, signal: AbortSignal) {
  const { data } = await github.request('GET /rate_limit', {}, signal);
  const parsed = limits.safeParse(data);
  if (!parsed.success) throw malformed(parsed.error);
  return {
    limits: Object.entries(parsed.data.resources).map(([name, { limit, remaining, reset }]) => ({
      name,
      limit,
      remaining,
      resetAt: new Date(reset * 1_000).toISOString(),
    })),
  };
}

export async function identity(github: Github, signal: AbortSignal) {
  if (github.kind === 'app') {
    const { slug, permissions, url } = shaped(app, (await github.request('GET /app', {}, signal)).data, undefined);
    return { kind: 'app' as const, name: slug, permissions, url };
  }
  const { data, headers } = await github.request('GET /user', {}, signal);
  const [name, url] = [at(data, 'login'), at(data, 'html_url')];
  if (typeof name !== 'string') throw malformed(new TypeError('login is no text'));
  const scopes = headers['x-oauth-scopes'];
  return {
    kind: 'token' as const,
    name,
    ...(scopes !== undefined && {
      scopes: String(scopes)
        .split(/,\s*/)
        .filter((scope) => scope !== ''),
    }),
    url: typeof url === 'string' ? url : null,
  };
}
