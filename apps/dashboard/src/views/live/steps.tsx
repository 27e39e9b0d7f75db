import type { CallStep, CallSteps } from '#libs/kit';
import { milliseconds } from '../../ui/format.js';

const steps: readonly (readonly [CallStep, string])[] = [
  ['authorize', 'Find and authorize'],
  ['admit', 'Admit, within its limits'],
  ['parse', 'Parse the arguments'],
  ['approve', 'Wait for a person'],
  ['run', 'Run'],
  ['shape', 'Guard and shape the answer'],
];

/** Where the time of a call went. */
export function Steps({ taken, durationMs }: { taken: CallSteps; durationMs: number }) {
  const came = steps.filter(([step]) => taken[step] !== undefined);
  const rest = durationMs - came.reduce((sum, [step]) => sum + (taken[step] ?? 0), 0);
  const rows = [
    ...came.map(([step, name]) => [name, taken[step] ?? 0] as const),
    ['The rest', Math.max(0, rest)] as const,
  ];
  return (
    <ul class="ranking">
      {rows.map(([name, ms]) => (
        <li key={name}>
          <span
            class="ranking-bar"
            style={{ width: `${durationMs > 0 ? Math.min(100, (ms / durationMs) * 100) : 0}%` }}
          />
          <span class="ranking-name">{name}</span>
          <b>{milliseconds(ms)}</b>
        </li>
      ))}
    </ul>
  );
}
