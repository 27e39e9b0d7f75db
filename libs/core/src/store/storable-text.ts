/** What PostgreSQL's texts can't hold: NUL, and halves of a character. */
const UNSTORABLE = /[\0\p{Cs}]/gu;
/** The same in JSON; what it may find besides does no harm. */
const UNSTORABLE_IN_JSON = /\\u(?:0000|d[89a-f])/;

/** A text as a column may hold it, for people to read. */
export function storableText(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

/** A value for a column of JSON, which `storedJson` gives back as it was: where it can't hold it as it is, as a text of JSON. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  return UNSTORABLE_IN_JSON.test(json) ? JSON.stringify(json) : json;
}

/** An object of such a column. */
export function storedJson<T extends object>(stored: T | string | null): T | null {
  return typeof stored === 'string' ? (JSON.parse(stored) as T) : stored;
}
