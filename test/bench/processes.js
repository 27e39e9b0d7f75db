// Processes that are measured: started on a core of their own, and what the system accounts of them.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus } from 'node:os';

const TICKS_PER_SECOND = 100;

/** Servers run on core 0; the load, the store and what is behind a server on core 1. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

export const pinned = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;

/** @type {import('node:child_process').ChildProcess[]} */
const running = [];

/** A command as it is started on a core. @param {number} core @param {string[]} command */
export function onCore(core, command) {
  return pinned ? ['taskset', '-c', String(core), ...command] : command;
}

/** @param {number} core @param {string[]} command @param {NodeJS.ProcessEnv} [env] @param {'ignore'} [output] when nobody reads it */
export function launch(core, command, env = {}, output) {
  const [file = '', ...args] = onCore(core, command);
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', output ?? 'pipe', output ?? 'inherit'],
  });
  running.push(child);
  return child;
}

/** Starts a program of Node's. @param {number} core @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
export function start(core, args, env) {
  return launch(core, [process.execPath, ...args], env);
}

/** Starts a server that prints its address, and waits for it. @param {number} core @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
export async function startServer(core, args, env) {
  const startedAt = performance.now();
  const child = start(core, args, env);
  const url = await lineWith(child, /(http:[^"\s]+)/);
  return { url, pids: [child.pid ?? 0], startMs: performance.now() - startedAt };
}

/** @param {import('node:child_process').ChildProcess} child @param {RegExp} pattern @returns {Promise<string>} */
export function lineWith(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = '';
    let found = false;
    child.stdout?.on('data', (chunk) => {
      if (found) return;
      text += String(chunk);
      const match = pattern.exec(text);
      found = match?.[1] !== undefined;
      if (match?.[1]) resolve(match[1]);
    });
    child.once('exit', () => reject(new Error(`A process ended before it was ready:\n${text}`)));
  });
}

/** For what takes no port 0. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** A mark, for `stopFrom`. */
export function startedSoFar() {
  return running.length;
}

/** Stops what was started since. @param {number} mark */
export async function stopFrom(mark) {
  await Promise.all(running.splice(mark).map(stop));
}

/** @param {import('node:child_process').ChildProcess} child */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
}

/** Seconds of processor time that a process has used. @param {number} pid */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Memory that a process holds, in MiB. @param {number} pid */
export function residentMib(pid) {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1_024;
}
