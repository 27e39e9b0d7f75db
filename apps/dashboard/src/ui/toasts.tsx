import { signal } from '@preact/signals';
import { writtenOut } from './written-out.js';

interface Toast {
  id: number;
  tone: 'good' | 'bad';
  text: string;
}

const SHOWN_MS = 5_000;
const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** Tells how something ended that was asked for a moment ago. */
export function toast(text: string, tone: Toast['tone'] = 'good'): void {
  const id = (last += 1);
  toasts.value = [...toasts.value, { id, tone, text }].slice(-3);
  setTimeout(() => {
    toasts.value = toasts.value.filter((each) => each.id !== id);
  }, SHOWN_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, tone, text }) => (
        <p key={id} class={`toast ${tone}`}>
          {writtenOut(text)}
        </p>
      ))}
    </div>
  );
}
