import type { Upstream } from '../../api/shapes.js';
import { Moment } from '../../ui/moment.js';

export function LastFailure({ failure }: { failure: Upstream['lastFailure'] }) {
  if (!failure) return <span class="muted">none</span>;
  return (
    <span>
      <span class="bad-text">{failure.message}</span>
      <span class="muted">
        {' '}
        at {failure.stage}, <Moment at={failure.at} />
      </span>
    </span>
  );
}
