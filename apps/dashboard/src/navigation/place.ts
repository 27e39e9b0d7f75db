import { computed, signal } from '@preact/signals';

/** `#/tools/postgres.query`: the view, and what it is open at. */
const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

const parts = computed(() => hash.value.replace(/^#\/?/, '').split('/').map(decoded));

export const path = computed(() => parts.value[0] ?? '');
export const place = computed(() => parts.value[1] ?? '');

export function linkTo(view: string, at = ''): string {
  return at === '' ? `#/${view}` : `#/${view}/${encodeURIComponent(at)}`;
}

export function goTo(view: string, at = ''): void {
  location.hash = linkTo(view, at);
}

/** Anybody may write an address. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
