import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon.js';
import { writtenOut } from './written-out.js';

const TOLD_MS = 1_500;

/** Text to be read, with what nobody sees written out, and to be taken along as it is. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class="code">
      <CopyButton text={text} label={label} />
      <pre tabIndex={0} role="region" aria-label={label}>
        {writtenOut(text)}
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
