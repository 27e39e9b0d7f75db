// everything that a terminal takes as a command, but for tab and newline; and what turns the direction of text around
// eslint-disable-next-line no-control-regex
const COMMANDS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text that a terminal only shows: tools and upstreams choose what stands in their answers. */
export function plainText(text: string): string {
  return text.replace(COMMANDS, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
