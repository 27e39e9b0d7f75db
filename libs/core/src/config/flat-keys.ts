/**
 * The members of an object under their dotted keys: nested ones, dotted ones, or both. An object is one value where
 * `isLeaf` says so or where it is empty.
 */
export function flatKeys(object: object, isLeaf: (key: string) => boolean): [key: string, value: unknown][] {
  const found: [string, unknown][] = [];
  const walk = (value: unknown, key: string) => {
    const members = isObject(value) && !isLeaf(key) ? Object.entries(value) : [];
    if (members.length === 0) found.push([key, value]);
    for (const [name, member] of members) walk(member, `${key}.${name}`);
  };
  for (const [name, member] of Object.entries(object)) walk(member, name);
  return found;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
