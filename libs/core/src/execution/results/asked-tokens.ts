/** Under this name `_meta` of a call says how many tokens its answer may hold; it counts before the header. */
const RESULT_TOKENS = 'mcp-gateway/resultTokens';

/** What a call's `_meta` changes in its origin; undefined where that is nothing. */
export function resultTokensOf(meta: unknown): { resultTokens: unknown } | undefined {
  if (typeof meta !== 'object' || meta === null || !(RESULT_TOKENS in meta)) return undefined;
  return { resultTokens: meta[RESULT_TOKENS] };
}
