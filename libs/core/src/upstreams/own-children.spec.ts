import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSandbox, sandboxed } from '#libs/processes';
import { OwnChildren } from './own-children.js';

const sandbox = await findSandbox();
let server: Server;
let port: number;
const started: ChildProcess[] = [];

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(() => {
  // a child that connects ends when its connection does
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const child of started.splice(0)) child.kill('SIGKILL');
  server.close();
});

const sockets: Socket[] = [];

async function connection(): Promise<Socket> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  sockets.push(socket);
  return socket;
}

function start(command: string, args: string[], detached = true): number {
  const child = spawn(command, args, { detached, stdio: 'ignore' });
  started.push(child);
  if (child.pid === undefined) throw new Error('The child could not be started');
  return child.pid;
}

const nobody = () => ({ remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: port });

const connecting = (host = '127.0.0.1') =>
  `const s = require('node:net').connect(${port}, '${host}'); s.on('error', () => 0); s.on('close', () => process.exit())`;

/** Starts a process that starts another one in a session of its own, and then stays or ends. */
const handingOn = (then: string) =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(connecting())}],
     { detached: true, stdio: 'ignore' }).unref(); ${then}`;

const stays = 'setInterval(() => 0, 1000)';

describe('somebody who connects over loopback', () => {
  it.each([
    ['a child', () => connecting()],
    ['a grandchild in a session of its own', () => handingOn(stays)],
    ['an orphan whose parent has ended', () => handingOn('')],
  ])('is ours: %s', async (_who, script) => {
    const children = new OwnChildren();
    const coming = connection();
    const pid = start(process.execPath, ['-e', script()]);
    children.add(pid);
    const peer = await coming;
    expect(children.isOurs(peer)).toBe(true);
  });

  it('is still ours when the server that started it was ended', async () => {
    const children = new OwnChildren();
    const coming = connection();
    const pid = start(process.execPath, ['-e', handingOn(stays)]);
    children.add(pid);
    const peer = await coming;
    process.kill(-pid, 'SIGKILL');
    await once(started[0] as ChildProcess, 'exit');
    children.remove(pid);
    expect(children.isOurs(peer)).toBe(true);
  });

  it('is not ours where it is in the session of the gateway itself, as a shell’s other commands are', async () => {
    const children = new OwnChildren();
    children.add(start('sleep', ['1000']));
    const coming = connection();
    start(process.execPath, ['-e', connecting()], false);
    const peer = await coming;
    expect(children.isOurs(peer)).toBe(false);
  });

  it('is not ours where it was there before any server', async () => {
    const coming = connection();
    start(process.execPath, ['-e', connecting()]);
    const peer = await coming;
    const children = new OwnChildren();
    children.add(start('sleep', ['1000']));
    expect(children.isOurs(peer)).toBe(false);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'is found by its address %s, and no other that has its port',
    async (host) => {
      server.close();
      server = createServer().listen({ port: 0, host: '::' });
      await once(server, 'listening');
      ({ port } = server.address() as AddressInfo);
      const children = new OwnChildren();
      children.add(start('sleep', ['1000']));
      const coming = connection();
      start(process.execPath, ['-e', connecting(host)], false);
      const { remoteAddress, remotePort, localAddress, localPort } = await coming;
      const peer = { remoteAddress, remotePort, localAddress, localPort };
      expect(children.isOurs(peer)).toBe(false);
      expect(children.isOurs({ ...peer, remoteAddress: '127.0.0.7' })).toBe(true);
    },
  );

  it('is not asked about where no server was started', () => {
    expect(new OwnChildren().isOurs(nobody())).toBe(false);
  });

  it('is ours where nobody is known to have the connection', () => {
    const children = new OwnChildren();
    children.add(start('sleep', ['1000']));
    expect(children.isOurs(nobody())).toBe(true);
  });

  // containers and some systems let nobody make namespaces
  const able = sandbox.bwrap === undefined ? () => undefined : it;

  able('is ours from within a sandbox, and no more asked about when that has ended', async () => {
    const children = new OwnChildren();
    const plain = { command: process.execPath, args: ['-e', handingOn(stays)], env: {}, cwd: process.cwd() };
    const { command, args } = sandboxed(plain, { sandbox, hidden: [], network: true });
    const coming = connection();
    const pid = start(command, [...args]);
    children.add(pid, { sandboxed: true });
    const peer = await coming;
    expect(children.isOurs(peer)).toBe(true);
    children.remove(pid);
    expect(children.isOurs(peer)).toBe(false);
  });
});
