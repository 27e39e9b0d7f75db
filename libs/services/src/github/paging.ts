import { invalidField, isUrl } from '#libs/kit';

/** The members of a page's address that say where it is. */
const positions = ['page', 'after', 'before', 'per_page'];

export interface Page {
  limit: number;
  cursor?: string | undefined;
}

/** The parameters with which GitHub is asked for a page. */
export function pageParameters({ limit, cursor }: Page): Record<string, string | number> {
  if (cursor === undefined) return { per_page: limit };
  const given = [...new URLSearchParams(cursor)];
  if (given.length === 0 || given.some(([name, value]) => !positions.includes(name) || value === '')) {
    throw invalidField('cursor', 'the nextCursor of an earlier answer', JSON.stringify(cursor.slice(0, 100)));
  }
  return { per_page: limit, ...Object.fromEntries(given) };
}

/** What to hand in for the next page, from the `Link` header of this one; null after the last. */
export function nextCursor(link: string | number | undefined): string | null {
  const next = /<([^<>]+)>;\s*rel="next"/.exec(String(link ?? ''))?.[1];
  if (next === undefined || !isUrl(next)) return null;
  const { searchParams } = new URL(next);
  return new URLSearchParams([...searchParams].filter(([name]) => positions.includes(name))).toString();
}
