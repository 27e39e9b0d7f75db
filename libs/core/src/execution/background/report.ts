import type { BackgroundReport, BackgroundState } from '#libs/kit';
import type { BackgroundCall } from './background-call.js';

/** What a state means for whoever asks, and what to do next. */
const notes: Record<BackgroundState, (call: BackgroundCall) => string> = {
  waiting: ({ approval }) =>
    approval === undefined
      ? 'It is going to run. Ask for its outcome with call_outcome; it runs whether you ask or not.'
      : 'It waits for a person’s approval, and runs by itself once it is approved.',
  running: () => 'It runs. Ask again with call_outcome; it goes on whether you ask or not.',
  done: () => 'It has run; result is what the tool answered.',
  failed: () => 'It has run and failed, or was refused; error says why.',
  cancelled: ({ startedAt }) =>
    startedAt ? 'It was cancelled after it had begun; see what of it is there.' : 'It was cancelled before it ran.',
  interrupted: () =>
    'Its gateway ended while it ran, or its store was restored from a backup. It may have had its effect, so it is not run again. See what is there; to run it anyhow, start it again.',
  expired: () => 'It did not come to run in time, and does not run any more. Start it again.',
};

export function reportOf(call: BackgroundCall): BackgroundReport {
  const { id, operation, state, createdAt, startedAt, endedAt, expiresAt, progress, approval, outcome } = call;
  return {
    ticket: id,
    operation,
    state,
    note: notes[state](call),
    createdAt: createdAt.toISOString(),
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
    expiresAt: expiresAt.toISOString(),
    ...(progress && state !== 'done' && { progress }),
    ...(approval !== undefined && { needsApproval: true as const }),
    ...outcomeOf(outcome),
  };
}

function outcomeOf(outcome: BackgroundCall['outcome']): Pick<BackgroundReport, 'result' | 'truncated' | 'error'> {
  if (!outcome) return {};
  if ('error' in outcome) {
    const { kind, message, details } = outcome.error;
    return { error: { kind, message, details } };
  }
  const { json, metadata } = outcome.result;
  return {
    result: JSON.parse(json) as unknown,
    ...(metadata.truncated && { truncated: metadata.truncated }),
  };
}
