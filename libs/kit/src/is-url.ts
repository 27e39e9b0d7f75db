/**
 * Whether a text is a URL, alone or relative to another. Node 20's `URL.canParse` says no to texts with `é` and the like
 * once it has been called some thousand times (its fast path takes Latin-1 for UTF-8).
 */
export function isUrl(text: string, base?: string): boolean {
  try {
    new URL(text, base);
    return true;
  } catch {
    return false;
  }
}
