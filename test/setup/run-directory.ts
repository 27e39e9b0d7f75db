import { rmSync } from 'node:fs';
import { temporaryDirectory } from '../../libs/core/src/store/testing/child-programs.js';

/** Gives every worker TEST_RUN_DIRECTORY, for what the files of a run make once and share. */
export default function makeRunDirectory(): () => void {
  const directory = temporaryDirectory();
  process.env.TEST_RUN_DIRECTORY = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}
