export interface Finding {
  /** `note` is worth knowing, `warning` worth a change, `bad` is broken. */
  readonly state: 'good' | 'note' | 'warning' | 'bad';
  readonly subject: string;
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}
