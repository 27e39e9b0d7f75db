import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '..');
const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
/** Below the project, where socket.io-client is found. */
let directory: string;

beforeAll(() => {
  mkdirSync(join(project, 'coverage'), { recursive: true });
  directory = mkdtempSync(join(project, 'coverage', 'types-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('the types of sockets stand alone, and hold a client to the messages and events that there are', () => {
  const types = ['run', '-s', 'build:types', '--', '--outDir', join(directory, 'types')];
  execFileSync('npm', types, { cwd: project, stdio: 'pipe' });
  const client = join(directory, 'client.ts');
  writeFileSync(
    client,
    `import type { Socket } from 'socket.io-client';
import type { ClientToServerEvents, ServerToClientEvents } from './types/realtime.js';

export async function follow(socket: Socket<ServerToClientEvents, ClientToServerEvents>): Promise<string> {
  socket.on('tool_executed', ({ operation, durationMs }) => [operation.length, durationMs?.toFixed(1)]);
  // @ts-expect-error there is no such event
  socket.on('tool_exploded', () => undefined);
  // @ts-expect-error there is no such room
  socket.emit('subscribe', { room: 'kitchen' });
  const answer = await socket.emitWithAck('subscribe', { room: 'alerts', since: 3 });
  return answer.ok ? String(answer.replayed) : answer.error.message;
}
`,
  );
  const strict = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2023',
  ];
  const run = () =>
    execFileSync(process.execPath, [compiler, client, ...strict, '--types', 'node'], { encoding: 'utf8' });
  expect(run()).toBe('');
});
