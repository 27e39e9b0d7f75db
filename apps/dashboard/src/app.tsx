import { useEffect } from 'preact/hooks';
import { Shell } from './navigation/shell.js';
import { currentView } from './navigation/views.js';
import { key } from './session/key.js';
import { isSignedIn, line } from './session/session.js';
import { SignIn } from './session/sign-in.js';
import { Loading } from './ui/states.js';
import { Toasts } from './ui/toasts.js';

export function App() {
  const { title } = currentView.value;
  const isIn = isSignedIn.value;
  useEffect(() => {
    document.title = isIn ? `${title} · MCP Gateway` : 'MCP Gateway';
  }, [title, isIn]);
  if (isIn) return <Signed />;
  if (key.value !== null && line.value === 'connecting') return <Loading rows={3} />;
  return <SignIn />;
}

function Signed() {
  return (
    <>
      <Shell />
      <Toasts />
    </>
  );
}
