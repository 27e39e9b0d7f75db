import { nestsDeeperThan } from '#libs/kit';

/** Nesting that every door accepts. */
const MAX_DEPTH = 64;

/** JSON whose numbers are measured or estimated, as those of a plan are: they stay numbers, as near as JavaScript has them. */
export function parsePlan(text: string): unknown {
  return nestsDeeperThan(text, MAX_DEPTH) ? text : JSON.parse(text);
}
