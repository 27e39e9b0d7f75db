import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Found } from '../roots/found.js';
import type { GitView } from './git-view.js';
import { holdBelow, notOurs, readPlain } from './held.js';
import { withLock } from './lock.js';

export interface Move {
  /** `refs/heads/…`, or `HEAD` where no branch is checked out. */
  readonly ref: string;
  /** Undefined for a ref that is new. */
  readonly from: string | undefined;
  readonly to: string;
  /** `name <address>`, and why, for the reflog. */
  readonly who: string;
  readonly why: string;
}

const MAX_REF_BYTES = 1024;

/** Moves a ref of the repository itself. Throws `failed` where it is no longer where it was. */
export function moveRef(view: GitView, move: Move): Promise<void> {
  return withRef(view, move, (put) => put());
}

/** Holds a ref of the repository itself for `work`, which moves it by `put`. Throws as `moveRef`, before the work. */
export async function withRef(
  view: GitView,
  move: Move,
  work: (put: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { repository } = view;
  const home = move.ref === 'HEAD' ? repository.git : repository.common;
  const zero = '0'.repeat(move.to.length);
  // on the copies first: git knows which names there may be, and which can't be beside one another
  await view.run(['update-ref', '--no-deref', move.ref, move.to, move.from ?? zero]);
  await withLock(home, move.ref, async (lock) => {
    const now = (await readPlain(home, move.ref, MAX_REF_BYTES))?.toString().trim();
    // one that is only packed has no file; `update-ref` compared that
    if (now !== undefined && now !== move.from) throw notOurs(`${move.ref} moved meanwhile; try again`);
    await work(async () => {
      await lock.replace(`${move.to}\n`);
      await noteMove(home, `logs/${move.ref}`, move);
    });
  });
}

/** A line in a reflog, by which people find back what was there. Where it can't be written, or is behind a link, none. */
export async function noteMove(home: Found, path: string, { from, to, who, why }: Omit<Move, 'ref'>): Promise<void> {
  const directory = await holdBelow(home, dirname(path), { make: true }).catch(() => undefined);
  if (!directory) return;
  const flags =
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const opening = open(directory.child(basename(path)), flags, 0o666).catch(() => undefined);
  const file = await opening.finally(() => directory.close());
  if (!file) return;
  const seconds = Math.floor(Date.now() / 1_000);
  const line = `${from ?? '0'.repeat(to.length)} ${to} ${who} ${seconds} +0000\t${why}\n`;
  await file
    .appendFile(line)
    .catch(() => undefined)
    .finally(() => file.close());
}
