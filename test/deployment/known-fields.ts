/**
 * Runs a validator over an object and tells the paths that it never looked at: Kubernetes refuses fields that it does not
 * know, where the validators made from its schemas pass over them.
 */
export function unknownFields(value: object, validate: (watched: object) => void): string[] {
  const unread = new Set<string>();
  validate(watch(value, '', unread));
  return [...unread];
}

function watch<T extends object>(value: T, at: string, unread: Set<string>): T {
  for (const key of Object.keys(value)) unread.add(`${at}/${key}`);
  const inside = new Map<string, unknown>();
  return new Proxy(value, {
    get(target, key, receiver) {
      const found: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol') return found;
      const path = `${at}/${key}`;
      unread.delete(path);
      if (typeof found !== 'object' || found === null) return found;
      if (!inside.has(key)) inside.set(key, watch(found, path, unread));
      return inside.get(key);
    },
  });
}
