import { z } from 'zod';
import { OperationError } from '#libs/kit';

/** A record as Cloudflare answers it, in our words. */
export const record = z
  .object({
    id: z.string(),
    type: z.string(),
    name: z.string(),
    content: z.string().nullish(),
    ttl: z.number(),
    proxied: z.boolean().nullish(),
    priority: z.number().nullish(),
    data: z.unknown().optional(),
    comment: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    modified_on: z.string(),
  })
  .transform(({ modified_on, content, proxied, priority, data, comment, tags, ...rest }) => ({
    ...rest,
    content: content ?? null,
    proxied: proxied ?? false,
    ...(typeof priority === 'number' && { priority }),
    ...(data !== null && data !== undefined && { data }),
    ...(comment && { comment }),
    ...(tags && tags.length > 0 && { tags }),
    modifiedAt: modified_on,
  }));

/** What can be said about a record. */
export interface RecordFields {
  type?: string | undefined;
  name?: string | undefined;
  content?: string | undefined;
  data?: Record<string, unknown> | undefined;
  ttl?: number | undefined;
  proxied?: boolean | undefined;
  priority?: number | undefined;
  comment?: string | undefined;
  tags?: string[] | undefined;
}

/** A record as Cloudflare takes it. Throws `invalid` where it is no whole one; `path` says where it stands in the input. */
export function wholeRecord(fields: RecordFields, path = ''): object {
  const missing = [
    ...(fields.type === undefined ? ['type'] : []),
    ...(fields.name === undefined ? ['name'] : []),
    ...(fields.content === undefined && fields.data === undefined ? ['content'] : []),
  ];
  if (missing.length > 0) {
    const issues = missing.map((field) => ({
      path: `${path}${field}`,
      expected: field === 'content' ? 'a value, or data in its place' : 'a value',
      got: 'nothing',
    }));
    throw new OperationError('invalid', `A whole record needs ${missing.join(', ')}`, { issues });
  }
  return someOfRecord({ ...fields, ttl: fields.ttl ?? 1 });
}

/** Some fields of a record as Cloudflare takes them. */
export function someOfRecord({
  type,
  name,
  content,
  data,
  ttl,
  proxied,
  priority,
  comment,
  tags,
}: RecordFields): object {
  return { type, name, content, data, ttl, proxied, priority, comment, tags };
}
