/** Whether something holds; undefined where that can't be told. Rules that allow need true, rules that deny only a doubt. */
export type Truth = boolean | undefined;

/** Whether all of them hold. */
export function all(truths: Iterable<Truth>): Truth {
  let result: Truth = true;
  for (const truth of truths) {
    if (truth === false) return false;
    if (truth === undefined) result = undefined;
  }
  return result;
}

/** Whether one of them holds. */
export function any(truths: Iterable<Truth>): Truth {
  let result: Truth = false;
  for (const truth of truths) {
    if (truth === true) return true;
    if (truth === undefined) result = undefined;
  }
  return result;
}

/** One answer for several values: in doubt where they differ, or where there are none. */
export function unanimous(truths: readonly Truth[]): Truth {
  const [first] = truths;
  return truths.every((truth) => truth === first) ? first : undefined;
}
