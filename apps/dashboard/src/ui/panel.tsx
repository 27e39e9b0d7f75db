import type { ComponentChildren } from 'preact';

interface Props {
  title?: string;
  actions?: ComponentChildren;
  /** Without room around its content, for tables and lists. */
  flush?: boolean;
  class?: string;
  children: ComponentChildren;
}

export function Panel({ title, actions, flush = false, class: more = '', children }: Props) {
  return (
    <section class={`panel ${flush ? 'flush' : ''} ${more}`} {...(title !== undefined && { 'aria-label': title })}>
      {(title !== undefined || actions) && (
        <header class="panel-head">
          <h2>{title}</h2>
          {actions && <div class="actions">{actions}</div>}
        </header>
      )}
      <div class="panel-body">{children}</div>
    </section>
  );
}
