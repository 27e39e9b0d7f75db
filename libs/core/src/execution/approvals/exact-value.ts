/**
 * A copy of what JSON can hold in which `text` has been applied to every text, names included, and of which nothing is left
 * out: names that become the same one are numbered.
 */
export function withTexts(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((entry) => withTexts(entry, text));
  if (typeof value !== 'object' || value === null) return value;
  const members = new Map<string, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const shown = text(name);
    let free = shown;
    for (let number = 2; members.has(free); number += 1) free = `${shown} (${number})`;
    members.set(free, withTexts(member, text));
  }
  return Object.fromEntries(members);
}
