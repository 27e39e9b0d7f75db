/** In JSON these stand for themselves. */
const PLAIN = /^[\w.:/-]*$/;

/** A text as JSON; ids, addresses and names are not looked at one character after the other. */
export function jsonText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
