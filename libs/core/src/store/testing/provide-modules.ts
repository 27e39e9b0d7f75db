import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..', '..', '..', '..', '..');

/** Gives a folder the installed packages: by a link, or as copies of the product's where `user` can't reach them. */
export function provideModules(folder: string, user: { uid: number; gid: number } | undefined): void {
  const installed = join(PROJECT, 'node_modules');
  const probe = ['-c', 'cat -- "$0"', join(installed, 'pg', 'package.json')];
  if (!user || spawnSync('/bin/sh', probe, { ...user, cwd: '/' }).status === 0) {
    symlinkSync(installed, join(folder, 'node_modules'));
    return;
  }
  const lock = readFileSync(join(PROJECT, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(lock) as { packages: Record<string, { dev?: boolean }> };
  for (const [path, { dev }] of Object.entries(packages)) {
    const source = join(PROJECT, path);
    if (dev || !/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || !existsSync(source)) continue;
    mkdirSync(join(folder, path, '..'), { recursive: true });
    cpSync(source, join(folder, path), { recursive: true, verbatimSymlinks: true });
  }
  execFileSync('chmod', ['-R', 'a+rX', folder]);
}
