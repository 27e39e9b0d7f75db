import type { ComponentChildren } from 'preact';
import { ApiError, messageOf } from '../api/api-error.js';
import { Icon, type IconName } from './icon.js';

interface StateProps {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}

/** What stands where there is nothing else to show. */
function State({ icon, title, children }: StateProps) {
  return (
    <div class="state">
      <Icon name={icon} size={26} />
      <p class="state-title">{title}</p>
      {children}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <State icon="empty" title={title}>
      {children}
    </State>
  );
}

export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} class="loading-row" />
      ))}
    </div>
  );
}

export function NoPermission({ permission, children }: { permission: string; children?: ComponentChildren }) {
  return (
    <State icon="lock" title="Your key does not show this">
      <p class="muted">
        It needs the permission <code>{permission}</code>. An administrator can grant it under Keys.
      </p>
      {children}
    </State>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  if (error instanceof ApiError && error.permission !== undefined)
    return <NoPermission permission={error.permission} />;
  return (
    <State icon="alert" title="This could not be shown">
      <p class="muted" role="alert">
        {messageOf(error)}
      </p>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </State>
  );
}
