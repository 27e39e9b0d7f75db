/** The member that holds Cloudflare's own words, where a call asks for them. */
export function rawOf({ raw }: { raw: boolean }, words: unknown): { raw?: unknown } {
  return raw ? { raw: words } : {};
}
