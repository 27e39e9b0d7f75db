import type { RuleName, TextRule } from './text-rule.js';

/** JSON with clean texts and names; all else stays what and where it is. Tells for each text which rule changed it. */
export function cleaned(json: string, rules: readonly TextRule[], told: (rule: RuleName) => void): unknown {
  const clean = (text: string) =>
    rules.reduce((before, rule) => {
      const after = rule.clean(before);
      if (after !== before) told(rule.name);
      return after;
    }, text);
  return JSON.parse(json, (_name, value: unknown) => {
    if (typeof value === 'string') return clean(value);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? named(value, clean) : value;
  });
}

/** Names that were cleaned to the same word are numbered: none of the members is lost. */
function named(object: object, clean: (name: string) => string): object {
  const entries = Object.entries(object).map(([name, member]) => [clean(name), name, member as unknown] as const);
  if (entries.every(([name, before]) => name === before)) return object;
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return Object.fromEntries(
    entries.map(([name, , member]) => {
      let [unique, count] = [name, counts.get(name) ?? 1];
      while (taken.has(unique)) unique = `${name} (${(count += 1)})`;
      counts.set(name, count);
      taken.add(unique);
      return [unique, member];
    }),
  );
}
