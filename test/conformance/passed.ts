import { readFileSync } from 'node:fs';
import type { Outcome, Revision } from './suite.js';

const file = new URL('passed.json', import.meta.url);

/** What one gateway has passed before at an address, and a run has not: `scenario: check`, and why where that is known. */
export function lostOf({ passed, missed }: Outcome, address: string, revision: Revision): string[] {
  const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>;
  const found = new Set(passed);
  const lost = (before[`${address} ${revision}`] ?? []).filter((check) => !found.has(check));
  return lost.map((check) => `${check}: ${missed.get(check) ?? 'not run'}`);
}
