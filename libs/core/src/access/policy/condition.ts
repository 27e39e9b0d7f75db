import type { Guarded } from '../permissions.js';
import { isScalar, MISSING, valuesAt, type Scalar } from './argument-values.js';
import { fold, glob } from './glob.js';
import { isUnder } from './paths.js';
import type { ArgumentTests, ConditionDocument } from './policy-document.js';
import { all, any, unanimous, type Truth } from './truth.js';

type Test = (value: unknown) => Truth;

/** Asks one argument of one operation. */
export type Condition = (input: Record<string, unknown>) => Truth;

/** Longer texts are no names, and are compared with nothing. */
const MAX_TEXT = 4_096;

/** What a value of a rule is called where the service can't tell what it means: nothing is known to be it, or not to be. */
const UNTOLD = Symbol('untold');

/** A condition as it is asked of an operation, whose service knows the one name of each thing. */
export function conditionOn(argument: string, wanted: ConditionDocument, operation: Guarded): Condition {
  // unknown members are refused, so that an argument that is not declared can't be given
  if (!declares(operation, argument)) return () => false;
  const { is = [], like = [], under = [], min, max }: ArgumentTests = wanted;
  const oneName = <T extends Scalar>(value: T) => resolvedValue(argument, value, operation);
  const tests: Test[] = [];
  if (is.length > 0) tests.push(anyOf(is.map((value) => equalTo(oneName(value)))));
  if (like.length > 0) tests.push(anyOf(like.map((pattern) => likeTo(oneName(pattern)))));
  if (under.length > 0) tests.push(anyOf(under.map((folder) => below(folder, oneName(folder)))));
  if (min !== undefined) tests.push((value) => (typeof value === 'number' ? value >= min : undefined));
  if (max !== undefined) tests.push((value) => (typeof value === 'number' ? value <= max : undefined));
  return (input) =>
    unanimous(
      valuesAt(argument, input).map((value) => (value === MISSING ? undefined : all(tests.map((test) => test(value))))),
    );
}

/** The arguments by their one name, with what the service would fill in. Throws as the call itself would. */
export function resolvedInput(operation: Guarded, input: Record<string, unknown>): Record<string, unknown> {
  return operation.resolveArguments?.(input) ?? input;
}

function resolvedValue<T extends Scalar>(argument: string, value: T, operation: Guarded): T | typeof UNTOLD {
  try {
    const found = resolvedInput(operation, { [argument]: value })[argument];
    return typeof found === typeof value ? (found as T) : UNTOLD;
  } catch {
    return UNTOLD;
  }
}

function declares({ inputSchema }: Guarded, argument: string): boolean {
  if (inputSchema?.additionalProperties !== false) return true;
  const [first = ''] = argument.split('.');
  const { properties } = inputSchema;
  return typeof properties === 'object' && properties !== null && Object.hasOwn(properties, first);
}

function anyOf(tests: readonly Test[]): Test {
  return (value) => any(tests.map((test) => test(value)));
}

function equalTo(wanted: Scalar | typeof UNTOLD): Test {
  if (wanted === UNTOLD) return () => undefined;
  const alike = fold(String(wanted));
  return (value) => {
    if (value === wanted) return true;
    if (!isScalar(value) || (typeof value === 'string' && !isText(value))) return undefined;
    return fold(String(value)) === alike ? undefined : false;
  };
}

function likeTo(pattern: string | typeof UNTOLD): Test {
  if (pattern === UNTOLD) return () => undefined;
  const [exactly, alike] = [glob(pattern, false), glob(pattern, true)];
  return (value) => {
    if (!isText(value)) return undefined;
    if (exactly(value)) return true;
    return alike(value) ? undefined : false;
  };
}

/** A folder that the service has named anew is one of its own, and so are the paths that are compared with it. */
function below(written: string, folder: string | typeof UNTOLD): Test {
  if (folder === UNTOLD) return () => undefined;
  return (value) => (isText(value) ? isUnder(value, folder, folder !== written) : undefined);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}
