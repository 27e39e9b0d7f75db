import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationError } from '#libs/kit';
import { WorkspaceRoots } from '../roots/workspace-roots.js';

export const testSettings = { enabled: true, directories: [], allowedCommands: [], timeoutMs: 20_000 };

export interface TestWorkspace {
  roots: WorkspaceRoots;
  /** The first root is `app` in it; there is room beside it. */
  directory: string;
  /** A path in the first root. */
  at(...names: string[]): string;
  close(): Promise<void>;
}

/** A workspace with these roots in a directory of its own. */
export async function openWorkspace(...names: string[]): Promise<TestWorkspace> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'workspace-')));
  const directories = ['app', ...names].map((name) => join(directory, name));
  const roots = new WorkspaceRoots({ ...testSettings, directories }, { paths: [] });
  await roots.onModuleInit();
  return {
    roots,
    directory,
    at: (...names) => join(directory, 'app', ...names),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

/** What a call is refused with, as `kind: message`; fails where it succeeds, or fails with anything but a refusal. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    (answer) => new Error(`it passed: ${JSON.stringify(answer).slice(0, 200)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperationError)) throw error;
  return `${error.kind}: ${error.message}`;
}
