import { invalidField } from '#libs/kit';
import type { PageInfo } from './cloudflare-api.js';

/** What a list is asked for: a page of a size, or the page after another one. */
export interface Paging {
  limit: number;
  cursor?: string | undefined;
}

/** A cursor is the number of a page and the size of all pages, so that it means the same whatever limit comes with it. */
const CURSOR = /^([1-9]\d{0,8}):([1-9]\d{0,3})$/;

/** The parameters by which Cloudflare pages. Throws `invalid` for a cursor that no answer gave. */
export function pageQuery({ limit, cursor }: Paging): { page: number; per_page: number } {
  if (cursor === undefined) return { page: 1, per_page: limit };
  const [, page, size] = CURSOR.exec(cursor) ?? [];
  if (page === undefined) throw invalidField('cursor', 'the nextCursor of an answer', JSON.stringify(cursor));
  return { page: Number(page), per_page: Number(size) };
}

/** Members of an answer that tell how the list goes on. */
export function pageFacts(
  paging: Paging,
  info: PageInfo | undefined,
): { total: number | null; nextCursor: string | null } {
  const { page, per_page } = pageQuery(paging);
  const goesOn = info !== undefined && page < info.pages;
  return { total: info?.total ?? null, nextCursor: goesOn ? `${page + 1}:${per_page}` : null };
}
