import { signal } from '@preact/signals';

const PLACE = 'mcp-gateway.key';

/**
 * The credential of this tab, which is forgotten with it: empty for whoever is known by the address alone, null as long
 * as nobody has signed in.
 */
export const key = signal<string | null>(sessionStorage.getItem(PLACE));

/** Whether a credential is a token (JWT), and no key: keys have no dots. */
export function isToken(credential: string): boolean {
  return credential.includes('.');
}

/** Why the last credential was not taken. */
export const refusal = signal<string | null>(null);

export function keepKey(value: string | null): void {
  if (value === null) sessionStorage.removeItem(PLACE);
  else sessionStorage.setItem(PLACE, value);
  key.value = value;
}

/** Forgets a credential that is good no more, and with it whoever was signed in. */
export function refuseKey(reason: string): void {
  keepKey(null);
  refusal.value = reason;
}
