// What the gateway is compared with, from npm: installed when it is missing or another version is wanted.
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = import.meta.dirname;
const stamp = join(directory, 'node_modules', '.installed');

/** The file of a program of theirs. @param {string[]} path */
export function other(...path) {
  return join(directory, 'node_modules', ...path);
}

export function install() {
  const wanted = hash('sha256', readFileSync(join(directory, 'package-lock.json')));
  if (installed() === wanted) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`The gateways from npm can't be installed: npm ci in ${directory} failed`);
  writeFileSync(stamp, wanted);
}

function installed() {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return undefined;
  }
}
