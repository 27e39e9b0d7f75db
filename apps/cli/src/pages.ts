import type { GatewayClient, Page } from './gateway-client.js';

const LARGEST_PAGE = 200;

/** A whole list of the administration, page after page. */
export async function allOf<T>(
  gateway: GatewayClient,
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): Promise<readonly T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<T> = await gateway.get(path, 'items', { ...query, limit: LARGEST_PAGE, cursor });
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}
