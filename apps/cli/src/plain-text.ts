// everything that a terminal takes as a command, but for tab and newline; what turns the direction of text around; and what
// shows nothing: joiners have a meaning in other scripts and between emoji
const HIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]|(?<=[\p{ASCII}\p{Script=Latin}\u200c\u200d]|^)[\u200c\u200d]/gu;

/** A text that a terminal only shows: tools and upstreams choose what stands in their answers. */
export function plainText(text: string): string {
  // in the halves of which JSON reads a character again
  return text.replace(HIDDEN, (found) => found.replace(/[^]/g, escaped));
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
