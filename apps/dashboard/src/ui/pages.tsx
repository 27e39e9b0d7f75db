import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { messageOf } from '../api/api-error.js';
import { get, type Query } from '../api/request.js';
import type { List } from '../api/shapes.js';
import { Loaded, useResource, type Resource } from './resource.js';
import { toast } from './toasts.js';

/** A list that the gateway gives page by page. */
export function useList<T>(path: string, query: Query = {}): Resource<List<T>> {
  return useResource(() => get<List<T>>(path, query), [path, ...Object.values(query)]);
}

interface Props<T> {
  list: Resource<List<T>>;
  path: string;
  query?: Query;
  empty: ComponentChildren;
  children: (items: T[]) => ComponentChildren;
}

/** Its items, with a way to those that are not here yet. */
export function Pages<T>({ list, path, query = {}, empty, children }: Props<T>) {
  const [isBusy, setBusy] = useState(false);
  const more = async (cursor: string) => {
    setBusy(true);
    try {
      const next = await get<List<T>>(path, { ...query, cursor });
      // it goes on from the list that it was asked for, and from no other one
      list.set((known) =>
        known.nextCursor === cursor ? { items: [...known.items, ...next.items], nextCursor: next.nextCursor } : known,
      );
    } catch (error) {
      toast(messageOf(error), 'bad');
    }
    setBusy(false);
  };
  return (
    <Loaded resource={list}>
      {({ items, nextCursor }) => (
        <>
          {items.length === 0 ? empty : children(items)}
          {nextCursor !== null && (
            <p class="more">
              <button
                type="button"
                class="button"
                disabled={isBusy || !list.isCurrent}
                onClick={() => void more(nextCursor)}
              >
                Show more
              </button>
            </p>
          )}
        </>
      )}
    </Loaded>
  );
}
