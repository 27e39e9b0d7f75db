/** A value as it is read and edited: text as it is, lists and objects as JSON. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What was typed: JSON where the value was none before, else text. */
export function typedValue(before: unknown, typed: string): unknown {
  if (typeof before !== 'object' || before === null) return typed;
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    return typed;
  }
}
