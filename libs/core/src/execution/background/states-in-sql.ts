/** Gateways that may be gone in the middle of one call: one that takes its gateway along must not take all. */
const MAX_LOSSES = 5;

/** Of one whose gateway is gone: whether no other may run it. */
export const STUCK = `(losses >= ${MAX_LOSSES - 1} OR
  began AND (approval IS NOT NULL OR NOT repeatable AND sealed_checkpoint IS NULL))`;

/**
 * That it waits for a person is known from the approval itself, and that its call runs elsewhere. Whoever has run it for
 * longer than it said is gone, and how it ended is not known any more.
 */
export const UNDECIDED = `EXISTS (
  SELECT FROM approvals WHERE approvals.id = due.approval AND (
    approvals.state = 'pending' AND approvals.expires_at > now()
    OR approvals.state = 'running' AND approvals.runs_until > now()))`;

/**
 * Time changes a state by itself; nobody has to write that down. `alive` is the parameter with the calls that are not lost
 * (`CallsHere`): with null for it, none is.
 */
export function stateNow(alive: string): string {
  return `CASE
    WHEN call.state = 'waiting' AND call.expires_at <= now() THEN 'expired'
    WHEN call.state = 'running' AND call.due_at <= now() AND call.id <> ALL (${alive}) AND ${STUCK} THEN 'interrupted'
    ELSE call.state END`;
}
