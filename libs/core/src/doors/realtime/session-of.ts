import { invalidField } from '#libs/kit';

/** What engine.io acts by. */
const names = ['EIO', 'transport', 'sid'] as const;

/**
 * The session of Socket.IO that a request goes on with; undefined for one that begins a session. It is read from the very
 * URL that engine.io makes of a request. Where a name stands twice, two readers may well take different values, and an
 * empty `sid` begins a session: both are refused.
 */
export function sessionOf(url: string): string | undefined {
  const { searchParams } = new URL(url, 'https://socket.io');
  for (const name of names) {
    const { length } = searchParams.getAll(name);
    if (length > 1) throw invalidField(name, 'one value', `${length} of them`);
  }
  const sessionId = searchParams.get('sid') ?? undefined;
  if (sessionId === '') throw invalidField('sid', 'the id of a session, or no sid', 'an empty one');
  return sessionId;
}
