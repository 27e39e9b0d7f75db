// Builds what `npm start` runs, unless nothing has changed since: a start needs no compiler then, and a second one does
// not pull the files from under a running gateway. With a file's name it builds only where that file is missing: a backup
// runs beside a gateway that runs, whatever has come in with `git pull` since.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STAMP = join('dist', '.built');
const inputs = [
  'apps/gateway/src',
  'apps/dashboard',
  'apps/cli/src',
  'libs',
  'scripts/bundle.mjs',
  'scripts/few-bytes.mjs',
  'package.json',
  'package-lock.json',
  'nest-cli.json',
  'tsconfig.json',
  '.swcrc',
];

/** Milliseconds of the last change below a path; a folder's own time tells of files that were added or removed. */
function lastChange(path) {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!facts) return 0;
  if (!facts.isDirectory()) return facts.mtimeMs;
  return readdirSync(path).reduce((last, name) => Math.max(last, lastChange(join(path, name))), facts.mtimeMs);
}

function builtAt() {
  return statSync(STAMP, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

const [wanted] = process.argv.slice(2);
const stale = builtAt() <= Math.max(...inputs.map(lastChange));

if (wanted === undefined ? stale : !existsSync(wanted)) {
  const { status, error } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  if (error)
    console.error('The build needs the development packages: npm ci. What is built starts with npm run start:prod.');
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(STAMP, '');
} else if (stale && builtAt() > 0) {
  console.error('The sources have changed since they were built. This is what was built then.');
}
