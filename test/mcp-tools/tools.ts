import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const directory = import.meta.dirname;
const modules = join(directory, 'node_modules');
const stampFile = join(modules, '.installed');
const lockFile = join(directory, '.installing');
/** Some of the tools need 22.19: what is not newer than that is given another Node to run them. */
const OLD_NODE = 22;
/** For an install over a slow line, and for those that wait for it. */
const INSTALL_MS = 240_000;
const LOOK_AGAIN_MS = 200;

const ownNodeIsEnough = Number(process.versions.node.split('.')[0]) > OLD_NODE;

/** A program of the tools, as a command and its first argument. */
export interface Tool {
  readonly command: string;
  readonly file: string;
}

const tool = (...path: string[]): Tool => ({
  command: ownNodeIsEnough ? process.execPath : join(modules, `node-linux-${process.arch}`, 'bin', 'node'),
  file: join(modules, ...path),
});

const tools = {
  conformance: tool('@modelcontextprotocol', 'conformance', 'dist', 'index.js'),
  inspector: tool('@modelcontextprotocol', 'inspector', 'clients', 'launcher', 'build', 'index.js'),
  everything: tool('@modelcontextprotocol', 'server-everything', 'dist', 'index.js'),
  filesystem: tool('@modelcontextprotocol', 'server-filesystem', 'dist', 'index.js'),
  memory: tool('@modelcontextprotocol', 'server-memory', 'dist', 'index.js'),
  playwright: tool('@playwright', 'mcp', 'cli.js'),
};
export type Tools = typeof tools;

/**
 * What the tests of MCP run from outside, installed when it is missing or another version is wanted. Undefined on a machine
 * where that can't be done, which is none of ours: in CI it throws.
 */
export async function mcpTools(): Promise<Tools | undefined> {
  try {
    await install();
    return tools;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.warn(`The tools for the tests of MCP can't be installed: ${(error as Error).message}`);
    return undefined;
  }
}

async function install(): Promise<void> {
  if (!ownNodeIsEnough && process.platform !== 'linux') throw new Error(`they need Node ${OLD_NODE + 1} here`);
  const wanted = hash('sha256', readFileSync(join(directory, 'package-lock.json')));
  const unlock = await lock(() => installed() === wanted);
  if (!unlock) return;
  try {
    // a newer Node needs none of its own, and nothing else that is optional is used
    const omit = ownNodeIsEnough ? ['--omit=optional'] : [];
    await promisify(execFile)(
      'npm',
      ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...omit],
      {
        cwd: directory,
        timeout: INSTALL_MS,
      },
    );
    writeFileSync(stampFile, wanted);
  } finally {
    unlock();
  }
}

function installed(): string | undefined {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
}

/** One of the test files installs, the others wait: undefined as soon as there is nothing left to do. */
async function lock(isDone: () => boolean): Promise<(() => void) | undefined> {
  const deadline = performance.now() + INSTALL_MS;
  while (!isDone()) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      return () => rmSync(lockFile, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isAbandoned()) rmSync(lockFile, { force: true });
    else await sleep(LOOK_AGAIN_MS);
    if (performance.now() > deadline) throw new Error(`${lockFile} is held by another install; remove it`);
  }
  return undefined;
}

/** Whether the one that held the lock was killed. */
function isAbandoned(): boolean {
  try {
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
