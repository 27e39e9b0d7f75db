/** Takes secrets out of what a service shows: by their names, by their form, and those that the settings hold. Injectable. */
export abstract class Redaction {
  /** A copy whose secrets are masked. */
  abstract value(value: unknown): unknown;
}
