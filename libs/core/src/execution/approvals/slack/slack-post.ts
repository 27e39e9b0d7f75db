import type { TargetPolicy } from '#libs/outbound';

/** What is sent to Slack: JSON by POST. */
export interface SlackPost {
  /** Names the receiver in the log, which holds no address of it. */
  readonly to: string;
  readonly url: string;
  readonly policy: TargetPolicy;
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
