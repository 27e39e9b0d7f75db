import { z } from 'zod';
import { invalidField } from '#libs/kit';
import { isPlainText } from '../access/plain-text.js';

const MAX_PAGE = 200;

/** Query of every list: how many items, and where the last page ended. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  cursor: z.string().max(200).optional(),
});

export type PageQuery = z.output<typeof pageQuery>;

interface Listed {
  id: string;
  createdAt: Date;
}

/** One page of a list, in the order of creation. A cursor names a place, so it outlives the item that stood there. */
export function pageOf<T extends Listed>(items: readonly T[], query: PageQuery) {
  const sorted = items.map((item) => ({ item, place: placeOf(item) })).sort((a, b) => (a.place < b.place ? -1 : 1));
  const after = query.cursor === undefined ? '' : readPlace(query.cursor);
  const rest = sorted.filter(({ place }) => place > after);
  const page = rest.slice(0, query.limit);
  const last = page.length < rest.length ? page.at(-1) : undefined;
  return {
    items: page.map(({ item }) => item),
    nextCursor: last ? cursorAfter(last.item) : null,
  };
}

/** The cursor of a page that ends with this item. */
export function cursorAfter(last: Listed): string {
  return Buffer.from(placeOf(last)).toString('base64url');
}

/** Behind which item a cursor stands. */
export function placeIn(cursor: string): Listed {
  const [createdAt = '', id = ''] = readPlace(cursor).split(' ');
  return { createdAt: new Date(createdAt), id };
}

function placeOf({ createdAt, id }: Listed): string {
  return `${createdAt.toISOString()} ${id}`;
}

function readPlace(cursor: string): string {
  const place = Buffer.from(cursor, 'base64url').toString();
  const [time = ''] = place.split(' ');
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z \S+$/.test(place) && isPlainText(place) && !Number.isNaN(Date.parse(time)))
    return place;
  throw invalidField('cursor', 'the nextCursor of the page before', 'another text');
}
