import type { Tone } from './badge.js';

/** How every state that the gateway tells of looks, wherever it is shown. */
const tones: Readonly<Record<string, Tone>> = {
  ok: 'good',
  ready: 'good',
  approved: 'good',
  done: 'good',
  resolved: 'good',
  idle: 'neutral',
  running: 'info',
  starting: 'info',
  pending: 'warn',
  degraded: 'warn',
  limited: 'warn',
  denied: 'warn',
  warn: 'warn',
  warning: 'warn',
  quarantined: 'warn',
  acknowledged: 'info',
  error: 'bad',
  critical: 'bad',
  raised: 'bad',
  unavailable: 'bad',
  lost: 'bad',
  expired: 'neutral',
};

export function toneOf(state: string): Tone {
  return tones[state] ?? 'neutral';
}
