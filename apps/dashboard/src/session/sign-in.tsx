import { useEffect, useRef, useState } from 'preact/hooks';
import { Mark } from '../ui/mark.js';
import { refusal } from './key.js';
import { caller, line, signIn } from './session.js';

/** What the gateway says is for those who send headers. */
const REFUSED = 'The gateway does not take this key or token. It may be mistyped, expired or deleted.';

/** The door of the page: a key, a token, or the address where the gateway knows it. */
export function SignIn() {
  const [given, setGiven] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const isLost = line.value === 'lost';
  return (
    <main class="sign-in">
      <form
        class="sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          const key = given.trim();
          if (key !== '') signIn(key);
        }}
      >
        <Mark size={36} />
        <h1>MCP Gateway</h1>
        <p class="muted">
          Sign in with a key or a token (JWT) of this gateway. It stays in this tab and is forgotten with it.
        </p>
        <label class="field">
          <span class="field-label">Key or token</span>
          <input
            ref={field}
            type="password"
            name="key"
            autocomplete="off"
            spellcheck={false}
            value={given}
            aria-invalid={refusal.value !== null}
            aria-describedby="sign-in-problem"
            onInput={(event) => setGiven(event.currentTarget.value)}
          />
        </label>
        <p id="sign-in-problem" class="problem" role="alert">
          {(refusal.value !== null && REFUSED) ||
            (isLost ? 'The gateway can’t be reached. The page tries again by itself.' : '')}
        </p>
        <button type="submit" class="button primary wide" disabled={given.trim() === ''}>
          Sign in
        </button>
        {caller.value && (
          <button type="button" class="button wide" onClick={() => signIn('')}>
            Continue without a key, as {caller.value.subject}
          </button>
        )}
      </form>
    </main>
  );
}
