import { Code } from '../../ui/code.js';
import { Dialog } from '../../ui/dialog.js';

/** The only time that a key is seen. */
export function MadeKey({ value, onClose }: { value: string; onClose: () => void }) {
  return (
    <Dialog title="Take the key along" onClose={onClose}>
      <p class="prose">It is shown this once. Whoever has it may do what it allows.</p>
      <div class="spaced">
        <Code label="Key" text={value} />
      </div>
      <div class="form-actions">
        <button type="button" class="button primary" onClick={onClose}>
          I have it
        </button>
      </div>
    </Dialog>
  );
}
