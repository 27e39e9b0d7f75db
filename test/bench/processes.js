// Processes that are measured: started on a core of their own, and what the system accounts of them.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const TICKS_PER_SECOND = 100;

/** Servers run on core 0; the load, the store and what is behind a server on core 1. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

export const pinned = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;

/** @type {import('node:child_process').ChildProcess[]} */
const running = [];

/** @param {number} core @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
export function start(core, args, env = {}) {
  const command = pinned ? ['taskset', '-c', String(core), process.execPath, ...args] : [process.execPath, ...args];
  const child = spawn(command[0] ?? '', command.slice(1), {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  return child;
}

/** Starts a server that prints its address, and waits for it. @param {number} core @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
export async function startServer(core, args, env) {
  const child = start(core, args, env);
  return { url: await lineWith(child, /(http:[^"\s]+)/), pid: child.pid ?? 0 };
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

export async function stopAll() {
  const left = running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const ended = left.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of left) child.kill();
  await Promise.all(ended);
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
