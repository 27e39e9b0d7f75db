/** What is made of an object that can't change is made once, and can't change either; of any other object each time. */
export function ofFrozen<T extends object, R extends object>(make: (given: T) => R): (given: T) => R {
  const made = new WeakMap<T, R>();
  return (given) => {
    const before = made.get(given);
    if (before) return before;
    const result = make(given);
    if (Object.isFrozen(given)) made.set(given, Object.freeze(result));
    return result;
  };
}
