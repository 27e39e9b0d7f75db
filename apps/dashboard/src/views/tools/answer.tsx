import { Badge } from '../../ui/badge.js';
import { Code } from '../../ui/code.js';
import { json, milliseconds } from '../../ui/format.js';

export interface Answered {
  readonly isOk: boolean;
  readonly body: unknown;
  readonly tookMs: number;
}

export function Answer({ answer: { isOk, body, tookMs } }: { answer: Answered }) {
  return (
    <section class="answer" aria-live="polite">
      <h3>
        Answer <Badge tone={isOk ? 'good' : 'bad'}>{isOk ? 'ok' : 'error'}</Badge>
        <span class="muted">{milliseconds(tookMs)}, there and back</span>
      </h3>
      <Code label="Answer" text={json(body)} />
    </section>
  );
}
