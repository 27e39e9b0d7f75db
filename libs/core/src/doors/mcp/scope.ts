import type { HttpRequest } from '#libs/kit';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';

/**
 * What a client has before it, by the address that it uses: everything, the tools by which it finds and calls the others
 * (`?tools=search`), a toolset, or one upstream under its own names.
 */
export type Scope =
  { readonly kind: 'all' | 'search' } | { readonly kind: 'toolset' | 'server'; readonly name: string };

const ROOT = '/mcp';
/** Whatever Express would take for one of these addresses, which knows neither case nor a last slash. */
const ADDRESS = /^\/mcp(?:\/(servers|toolsets)\/([^/]+))?\/?$/i;

const SEARCH = 'search_tools';
const searchTools = new Set([SEARCH, 'describe_tool', 'call_tool', 'read_result']);

/** Whether a path is one of MCP's, whatever stands there. */
export function isMcpPath(path: string): boolean {
  return path === ROOT || (path.length > 4 && ADDRESS.test(path));
}

/** The address as metrics and logs group it. */
export function routeOf(path: string): string {
  if (path === ROOT) return ROOT;
  const [, kind] = ADDRESS.exec(path) ?? [];
  return kind === undefined ? ROOT : `/mcp/${kind.toLowerCase()}/:name`;
}

export function scopeOf({ url = '' }: HttpRequest): Scope {
  if (url === ROOT) return all;
  const query = url.indexOf('?');
  const [, kind, name = ''] = ADDRESS.exec(query === -1 ? url : url.slice(0, query)) ?? [];
  if (kind !== undefined) return { kind: kind.toLowerCase() === 'servers' ? 'server' : 'toolset', name };
  return query !== -1 && new URLSearchParams(url.slice(query)).get('tools') === 'search' ? search : all;
}

/** Whether two scopes belong to one address; `?tools=search` changes what is shown there, not what it is. */
export function sameAddress(one: Scope, other: Scope): boolean {
  if (!('name' in one) || !('name' in other)) return !('name' in one) && !('name' in other);
  return one.kind === other.kind && one.name === other.name;
}

/** Whoever may not search is shown everything: it would know of nothing else. */
export function searchableOf(operations: readonly CatalogOperation[]): readonly CatalogOperation[] {
  if (!operations.some(({ tool }) => tool === SEARCH)) return operations;
  return operations.filter(({ tool }) => searchTools.has(tool));
}

const all: Scope = { kind: 'all' };
const search: Scope = { kind: 'search' };
