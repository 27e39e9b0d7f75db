import { childrenOf } from './process-facts.js';

/**
 * Ends a process by force, and where they can be found (Linux) those that it has started and the groups that they lead:
 * what hangs keeps memory and ports that they share, and looks after none of them.
 */
export function killWithChildren(pid: number | undefined): void {
  if (pid === undefined) return;
  const children = childrenOf(pid);
  for (const each of [pid, ...children.map((child) => -child), ...children]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // it has ended meanwhile, or leads no group
    }
  }
}
