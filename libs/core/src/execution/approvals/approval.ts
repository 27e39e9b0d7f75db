import type { Caller } from '#libs/kit';

/** `lost`: it began to run, or may have before a backup was restored, and how it ended is not known. */
export const approvalStates = ['pending', 'approved', 'denied', 'expired', 'running', 'done', 'lost'] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** Whether it can still come to something. */
export function isOpen(state: ApprovalState): boolean {
  return state === 'pending' || state === 'approved' || state === 'running';
}

/** Who asks or decides, as people know it. */
export interface Person {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly onBehalfOf?: string;
  readonly owner?: string;
  readonly team?: string;
}

/** A call that needs a person's approval. */
export interface Approval {
  /** The ticket by which its caller comes back. */
  readonly id: string;
  readonly state: ApprovalState;
  readonly asker: Person;
  readonly door: string;
  readonly requestId: string;
  readonly operation: string;
  /** Exactly what will run. Undefined where it was sealed under a secret that is gone. */
  readonly arguments: Record<string, unknown> | undefined;
  /** What a call would change, in words. */
  readonly touches: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly decidedAt: Date | undefined;
  readonly decidedBy: Person | undefined;
  readonly note: string | undefined;
  /** Of one that is done, sealed. */
  readonly sealedOutcome: string | undefined;
}

export type Decision = 'approve' | 'deny';

export function personOf({ id, kind, subject, onBehalfOf, owner, team }: Caller): Person {
  return {
    id,
    kind,
    subject,
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(owner !== undefined && { owner }),
    ...(team !== undefined && { team }),
  };
}

/**
 * Whether both are one person, as far as that is known: one caller, or two of one owner. A token is also its subject's.
 * Names that differ in upper and lower case alone are one, so that a typing habit opens nothing.
 */
export function isSamePerson(one: Person, other: Person): boolean {
  const owners = ownersOf(other);
  return one.id === other.id || ownersOf(one).some((owner) => owners.includes(owner));
}

function ownersOf({ kind, subject, owner }: Person): string[] {
  const names = [owner, kind === 'jwt' ? subject : undefined];
  return names.flatMap((name) => (name === undefined ? [] : [name.trim().toLowerCase()]));
}

/** A person in words: `anna (key, owner ops)`. */
export function personText({ subject, kind, owner, team }: Person): string {
  const facts = [
    kind,
    ...(owner === undefined ? [] : [`owner ${owner}`]),
    ...(team === undefined ? [] : [`team ${team}`]),
  ];
  return `${subject} (${facts.join(', ')})`;
}
