import type { NamedOrigin } from '#libs/outbound';

/** A message for somebody outside. */
export interface Notice {
  /** Made from what it tells, so that the same one is never added twice. */
  readonly id: string;
  /** The name of a NoticeTarget. */
  readonly target: string;
  /** What happened, in a word. */
  readonly news: string;
  /** What it is about: those of one topic reach a target in the order in which they were made. */
  readonly topic: string;
  /** Sent as JSON; without the target's secrets. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  /** Sent at once where it is not set. */
  readonly notBefore?: Date | undefined;
}

/** Where notices go: an address that the operator has named. */
export interface NoticeTarget {
  readonly name: string;
  readonly url: string;
  readonly policy: NamedOrigin;
  /** Adds what is not kept, such as a key. */
  readonly complete?: (body: Notice['body']) => Notice['body'];
}

/** How one try ended. */
export type Delivery =
  | { readonly kind: 'delivered' }
  /** `afterMs` where the other side asks for it. */
  | { readonly kind: 'later'; readonly problem: string; readonly afterMs?: number | undefined }
  | { readonly kind: 'refused'; readonly problem: string };
