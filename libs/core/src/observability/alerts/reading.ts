/** What a rule finds at one moment. Several of one rule have different subjects. */
export interface Reading {
  readonly rule: string;
  /** What it is about: an upstream, a back end; undefined for the gateway itself. */
  readonly subject?: string;
  readonly severity: 'warning' | 'critical';
  readonly value: number;
  readonly threshold: number;
  /** Whether a moment is enough to raise it. */
  readonly atOnce: boolean;
  readonly message: string;
}
