import { z } from 'zod';
import { declare } from '#libs/kit';
import { replacing, zone } from './fields.js';

const some = (what: string) => z.array(z.string().min(1).max(2_000)).min(1).max(100).optional().describe(what);

export const purge = declare({
  name: 'cache-purge',
  title: 'Purge parts of the cache',
  description:
    'Removes parts of a zone from Cloudflare’s cache, so that the next request fetches them anew. Name one kind of thing: files, tags, hosts or prefixes.',
  slash: 'cache purge [zone] [files...]',
  input: z.object({
    zone,
    files: some('Complete URLs, such as "https://www.example.com/style.css"'),
    tags: some('Values of the header Cache-Tag'),
    hosts: some('Host names, such as "www.example.com"'),
    prefixes: some('Beginnings of URLs without https://, such as "www.example.com/blog"'),
  }),
  output: z.object({
    zoneId: z.string(),
    purged: z.object({ kind: z.enum(['files', 'tags', 'hosts', 'prefixes']), items: z.array(z.string()) }),
  }),
  ...replacing,
});

export const purgeEverything = declare({
  name: 'cache-purge-everything',
  title: 'Purge the whole cache',
  description:
    'Removes everything of a zone from Cloudflare’s cache. All of the next requests reach the site’s own servers, which may not bear it: prefer cache-purge.',
  slash: 'cache purge-everything [zone]',
  input: z.object({ zone }),
  output: z.object({ zoneId: z.string(), purged: z.literal('everything') }),
  ...replacing,
  permission: 'admin',
});
