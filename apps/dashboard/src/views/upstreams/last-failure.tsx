import type { Upstream } from '../../api/shapes.js';
import { Moment } from '../../ui/moment.js';
import { writtenOut } from '../../ui/written-out.js';

export function LastFailure({ failure }: { failure: Upstream['lastFailure'] }) {
  if (!failure) return <span class="muted">none</span>;
  return (
    <span>
      <span class="bad-text">{writtenOut(failure.message)}</span>
      <span class="muted">
        {' '}
        at {failure.stage}, <Moment at={failure.at} />
      </span>
    </span>
  );
}
