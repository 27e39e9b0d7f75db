import { OperationError, type Caller } from '#libs/kit';
import type { Client } from './client.js';

/** Whoever sends anything but `auth` is known. */
export function callerOf({ caller }: Client): Caller {
  if (caller) return caller;
  throw new OperationError(
    'unauthenticated',
    'Nobody knows yet who this is. Send auth with {apiKey} or {token} first; until then nothing else is answered.',
  );
}
