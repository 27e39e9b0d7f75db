import { canonical } from './names.js';

/** One expression for a list of names in which `*` stands for any letters; `-` and `_` are the same. */
export function matcherOf(patterns: readonly string[]): RegExp {
  const alternatives = patterns.map((pattern) =>
    canonical(pattern)
      .split('*')
      .map((text) => text.replace(/[.\\/+?^${}()|[\]-]/g, '\\$&'))
      .join('.*'),
  );
  return new RegExp(`^(?:${alternatives.join('|')})$`);
}
