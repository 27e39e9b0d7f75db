import type { Action } from '#libs/kit';
import { canonical } from '../../catalog/names.js';
import { isAction, type Guarded } from '../permissions.js';
import { glob } from './glob.js';

const OF_SERVICE = /^([a-z][a-z0-9-]*):(\w+|\*)$/;
const NAMES = /^[A-Za-z*][\w.*/-]{0,160}$/;

type Covers = (operation: Guarded, action: Action) => boolean;

/** Whether a text names operations: `*`, an action, `service:action`, `service:*`, or names with `*` for any letters. */
export function isOperationPattern(pattern: string): boolean {
  const named = OF_SERVICE.exec(pattern);
  if (named) return named[2] === '*' || isAction(named[2]);
  return NAMES.test(pattern);
}

/**
 * Reads a pattern. Names are those of an operation, its aliases and its tool; `-` and `_` are equal, as in calls.
 *
 * @param ignoresCase for rules that forbid: a name that is only spelled otherwise is forbidden too
 */
export function operationPattern(pattern: string, ignoresCase: boolean): Covers {
  if (pattern === '*') return () => true;
  if (isAction(pattern)) return (_operation, action) => action === pattern;
  const named = OF_SERVICE.exec(pattern);
  if (named) {
    const [, service, action] = named;
    return (operation, asked) => operation.service === service && (action === '*' || action === asked);
  }
  const matches = glob(canonical(pattern), ignoresCase);
  return (operation) => namesOf(operation).some(matches);
}

/** The one operation or tool that a pattern means; undefined for one that may mean several. */
export function soleName(pattern: string): string | undefined {
  return pattern.includes('*') || isAction(pattern) || OF_SERVICE.test(pattern) ? undefined : pattern;
}

function namesOf({ id, service, aliases = [], tool }: Guarded): string[] {
  const names = [id, ...aliases.map((alias) => `${service}.${alias}`), ...(tool === undefined ? [] : [tool])];
  return names.map(canonical);
}
