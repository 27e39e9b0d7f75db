import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.js';

interface Props {
  title: string;
  /** What the button does, in a word. */
  verb: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  children: ComponentChildren;
}

/** Asks before what can't be taken back. */
export function Confirm({ title, verb, onConfirm, onClose, children }: Props) {
  const [isBusy, setBusy] = useState(false);
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="prose">{children}</div>
      <div class="form-actions">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class="button danger"
          disabled={isBusy}
          onClick={() => {
            setBusy(true);
            void onConfirm().finally(onClose);
          }}
        >
          {verb}
        </button>
      </div>
    </Dialog>
  );
}
