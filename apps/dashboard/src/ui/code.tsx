import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon.js';

const TOLD_MS = 1_500;

/** Text as it is, to be read and taken along. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class="code">
      <CopyButton text={text} label={label} />
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </div>
  );
}

function CopyButton({ text, label }: { text: string; label: string }) {
  const [isTold, setTold] = useState(false);
  useEffect(() => {
    if (!isTold) return undefined;
    const timer = setTimeout(() => setTold(false), TOLD_MS);
    return () => clearTimeout(timer);
  }, [isTold]);
  // a page that was not loaded over TLS has no clipboard
  if (!('clipboard' in navigator)) return null;
  return (
    <button
      type="button"
      class="button quiet icon-only copy"
      aria-label={isTold ? 'Copied' : `Copy ${label}`}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setTold(true))}
    >
      {isTold ? 'Copied' : <Icon name="copy" size={14} />}
    </button>
  );
}
