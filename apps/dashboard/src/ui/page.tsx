import type { ComponentChildren } from 'preact';

interface Props {
  title: string;
  /** What the view is for, in a sentence. */
  about?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Page({ title, about, actions, children }: Props) {
  return (
    <div class="view">
      <header class="view-head">
        <div>
          <h1 id="view-title" tabIndex={-1}>
            {title}
          </h1>
          {about !== undefined && <p class="muted">{about}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
