import type { IncomingMessage } from 'node:http';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';

/** Which definitions a client is listed: all, or those by which it finds and calls the others. */
export type ShownTools = 'all' | 'search';

const SEARCH = 'search_tools';
const searchTools = new Set([SEARCH, 'describe_tool', 'call_tool', 'read_result']);

/** What a client asks for with `?tools=search`. */
export function shownTools({ url = '' }: IncomingMessage): ShownTools {
  const query = url.indexOf('?');
  return query !== -1 && new URLSearchParams(url.slice(query)).get('tools') === 'search' ? 'search' : 'all';
}

/** Whoever may not search is shown everything: it would know of nothing else. */
export function shownOf(operations: readonly CatalogOperation[], shown: ShownTools): readonly CatalogOperation[] {
  if (shown === 'all' || !operations.some(({ tool }) => tool === SEARCH)) return operations;
  return operations.filter(({ tool }) => searchTools.has(tool));
}
