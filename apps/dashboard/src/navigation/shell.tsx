import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../ui/icon.js';
import { Mark } from '../ui/mark.js';
import { Account } from './account.js';
import { Navigation } from './navigation.js';
import { currentView } from './views.js';

/** What stands around every view. */
export function Shell() {
  const [isOpen, setOpen] = useState(false);
  const { component: View, path } = currentView.value;
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    if (!isOpen) return undefined;
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false);
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [isOpen]);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => document.getElementById('view-title')?.focus()}>
        Skip to the view
      </button>
      <header class="top">
        <button
          type="button"
          class="button quiet icon-only menu"
          aria-label="Views"
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'close' : 'menu'} size={20} />
        </button>
        <span class="brand">
          <Mark />
          MCP Gateway
        </span>
      </header>
      <aside id="navigation" class={`side ${isOpen ? 'open' : ''}`}>
        <span class="brand">
          <Mark />
          MCP Gateway
        </span>
        <Navigation />
        <Account />
      </aside>
      <main class="main" key={path}>
        <View />
      </main>
    </div>
  );
}
