import type { Caller } from '#libs/kit';
import { Networks } from '../networks.js';
import { isScalar, valuesAt, type Scalar } from './argument-values.js';
import { fold, glob } from './glob.js';
import type { RuleDocument } from './policy-document.js';
import { rolesOf } from './roles.js';
import { all, any, type Truth } from './truth.js';

type Matcher = (caller: Caller) => Truth;

/** Whom a rule is about: whoever fits each of its members, in doubt where that can't be told. */
export function callerMatcher(rule: RuleDocument): Matcher {
  const { callers, owners, teams, roles, claims, networks } = rule;
  const matchers: Matcher[] = [];
  if (callers) matchers.push(oneOfCallers(callers));
  if (owners) matchers.push(({ owner }) => isOneOf(owner, owners));
  if (teams) matchers.push(({ team }) => isOneOf(team, teams));
  if (roles) matchers.push((caller) => any(rolesOf(caller).map((role) => isOneOf(role, roles))));
  for (const [name, wanted] of Object.entries(claims ?? {})) {
    matchers.push(({ claims: held = {} }) => any(claimValues(name, held).map((value) => isOneOf(value, wanted))));
  }
  if (networks) {
    const list = new Networks(networks);
    // the address behind a proxy that nobody knows may be any
    matchers.push(({ address }) => (address === undefined ? undefined : list.includes(address)));
  }
  return (caller) => all(matchers.map((matches) => matches(caller)));
}

function oneOfCallers(patterns: readonly string[]): Matcher {
  const matchers = patterns.map((pattern): Matcher => {
    if (pattern === '*') return () => true;
    if (pattern === 'local') return ({ kind }) => kind === 'local';
    const [kind, name] = [pattern.slice(0, 3), pattern.slice(4)];
    const [exactly, alike] = [glob(name, false), glob(name, true)];
    return (caller) => {
      if (caller.kind !== kind) return false;
      const names = kind === 'key' ? [caller.subject, caller.id] : [caller.subject];
      if (names.some(exactly)) return true;
      return names.some(alike) ? undefined : false;
    };
  });
  return (caller) => any(matchers.map((matches) => matches(caller)));
}

/** The values of a claim by its name, which may hold dots itself, or by a way through objects. */
function claimValues(name: string, claims: Readonly<Record<string, unknown>>): Scalar[] {
  return valuesAt(name, claims).filter(isScalar);
}

function isOneOf(value: Scalar | undefined, wanted: readonly Scalar[]): Truth {
  if (value === undefined) return false;
  if (wanted.includes(value)) return true;
  const text = fold(String(value));
  return wanted.some((each) => fold(String(each)) === text) ? undefined : false;
}
