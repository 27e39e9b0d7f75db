import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..', '..', '..');

/** The fixture that can do wrong all that a server can, as an entry of `mcpServers`; its command line has its name. */
export const unsteady = (name: string) => ({
  command: process.execPath,
  args: [resolve(PROJECT, 'test/fixtures/upstreams/unsteady-server.js'), JSON.stringify({ name })],
  // a checkout below /tmp is seen where it is the working directory
  cwd: PROJECT,
});

/** Kills the process of a server that a gateway has started, with all that belongs to it. */
export function killServer(gateway: number, name: string): void {
  const isChild = (pid: number) => read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1] === String(gateway);
  for (const pid of serversWith(JSON.stringify({ name })).filter(isChild)) process.kill(-pid, 'SIGKILL');
}

/** Ids of the processes of the fixture whose command line has the text, whoever their parent is. */
export function serversWith(text: string): number[] {
  const commands = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => [Number(pid), read(`/proc/${pid}/cmdline`)] as const);
  return commands.flatMap(([pid, line]) => (line.includes('unsteady-server.js') && line.includes(text) ? pid : []));
}

/** Processes end while they are looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
