import type { Environment } from '../config/environment.js';

const REFERENCE = /\$\{([^{}]*)\}/g;
const NAME = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** A reference that can't be replaced; the message names it. */
export class MissingVariable extends Error {}

/**
 * A text with `${NAME}`, `${env:NAME}` and `${NAME:-default}` replaced by what the environment has. Throws a
 * MissingVariable.
 */
export function withVariables(text: string, environment: Environment): string {
  return text.replaceAll(REFERENCE, (whole, inner: string) => {
    const [, name, fallback] = NAME.exec(inner) ?? [];
    if (name === undefined) throw new MissingVariable(`${whole.slice(0, 60)} can't be filled in by a gateway`);
    const found = environment[name] || fallback;
    if (found === undefined) throw new MissingVariable(`the variable ${name} is not set in the gateway's environment`);
    return found;
  });
}

/** The same for every member. */
export function allWithVariables(
  texts: Readonly<Record<string, string>>,
  environment: Environment,
): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, withVariables(text, environment)]));
}
