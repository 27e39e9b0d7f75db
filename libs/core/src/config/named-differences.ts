import { isSame } from './setting-value.js';

export interface NamedDifferences {
  added: string[];
  removed: string[];
  changed: string[];
}

/** The names of what came, went and became another thing. */
export function namedDifferences(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): NamedDifferences {
  const [old, names] = [before, after].map((all) => new Set(Object.keys(all).sort())) as [Set<string>, Set<string>];
  return {
    added: [...names].filter((name) => !old.has(name)),
    removed: [...old].filter((name) => !names.has(name)),
    changed: [...names].filter((name) => old.has(name) && !isSame(before[name], after[name])),
  };
}
