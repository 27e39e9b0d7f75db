import { belowOf, pathOf, type Root } from './caller-path.js';
import type { Inside } from './found.js';

/** A name in a directory of the workspace that is held by its descriptor; something may have this name or not. */
export interface NameInside {
  readonly directory: Inside;
  /** Leads to the name in this very directory. */
  readonly at: string;
  /** Its path as callers are shown it. */
  readonly path: string;
}

export function nameInside(directory: Inside, name: string, roots: readonly Root[]): NameInside {
  const path = pathOf(belowOf(directory.place, name), roots);
  return { directory, at: directory.found.child(name), path };
}
