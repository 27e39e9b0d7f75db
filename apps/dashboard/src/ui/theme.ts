import { effect, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const PLACE = 'mcp-gateway.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const chosen = signal<string | null>(localStorage.getItem(PLACE));

/** What the page looks like: as somebody chose, else as the system does. */
export const theme = signal<Theme>('light');

function look(): void {
  const own = chosen.value;
  theme.value = own === 'light' || own === 'dark' ? own : dark.matches ? 'dark' : 'light';
}
dark.addEventListener('change', look);
effect(look);
// the colours of charts are read after this stands
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export function toggleTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(PLACE, next);
  chosen.value = next;
}
