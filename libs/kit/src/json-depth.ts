const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether JSON is nested deeper than so many levels: 64 is what every door takes. Deeper values pass JSON.parse, and then
 * overflow the stack of whatever walks over them, JSON.stringify too.
 */
export function nestsDeeperThan(json: string, levels: number): boolean {
  if (opens(json, '{', levels) + opens(json, '[', levels) <= levels) return false;
  let depth = 0;
  for (let i = 0; i < json.length; i += 1) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) i = endOfString(json, i);
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > levels) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

/** Where the string ends that begins at a place: at its quote, or with the text. */
export function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end;
}

/** How often a bracket stands in a text, in its strings too: where they are few, nothing is nested deeply. */
function opens(json: string, bracket: string, most: number): number {
  let count = 0;
  for (let at = json.indexOf(bracket); at !== -1 && count <= most; at = json.indexOf(bracket, at + 1)) count += 1;
  return count;
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
