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

/** The fixture that starts within a millisecond, as an entry of `mcpServers`; its command line has its name. */
export const quick = (name: string) => ({
  command: resolve(PROJECT, 'test/fixtures/upstreams/quick-server.sh'),
  args: [JSON.stringify({ name })],
  cwd: PROJECT,
});

/** Kills the process of a server that a gateway has started, with all that belongs to it. */
export function killServer(gateway: number, name: string): void {
  const isChild = (pid: number) => read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1] === String(gateway);
  for (const pid of serversWith(JSON.stringify({ name })).filter(isChild)) kill(pid);
}

/** Ids of the processes of the fixtures whose command line has the text, whoever their parent is. */
export function serversWith(text: string): number[] {
  const commands = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => [Number(pid), read(`/proc/${pid}/cmdline`)] as const);
  return commands.flatMap(([pid, line]) => (isFixture.test(line) && line.includes(text) ? pid : []));
}

const isFixture = /(unsteady-server\.js|quick-server\.sh)/;

function kill(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    // some end before they are killed
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Processes end while they are looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
