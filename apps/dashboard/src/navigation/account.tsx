import { caller, line, signOut, welcome } from '../session/session.js';
import { Icon } from '../ui/icon.js';
import { theme, toggleTheme } from '../ui/theme.js';

const lines = { open: 'Connected', connecting: 'Connecting', lost: 'Connection lost, trying again' };

/** Who looks at the page, and whether it still hears the gateway. */
export function Account() {
  const other = theme.value === 'dark' ? 'light' : 'dark';
  return (
    <div class="account">
      <p class="account-line" role="status">
        <span class={`dot ${line.value}`} aria-hidden="true" />
        {lines[line.value]}
      </p>
      <div class="account-row">
        <span class="account-name" title={caller.value?.id}>
          {caller.value?.subject}
          <span class="muted"> · v{welcome.value?.version}</span>
        </span>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label={`Use the ${other} theme`}
          onClick={toggleTheme}
        >
          <Icon name={theme.value === 'dark' ? 'sun' : 'moon'} />
        </button>
        <button type="button" class="button quiet icon-only" aria-label="Sign out" onClick={signOut}>
          <Icon name="leave" />
        </button>
      </div>
    </div>
  );
}
