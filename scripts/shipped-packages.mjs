// Which packages a release holds or needs: those of production, and those that are built into the page.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Locked an entry of the lock file
 * @property {string} version
 * @property {string} [license]
 * @property {boolean} [dev]
 * @property {boolean} [devOptional]
 * @property {string[]} [os] for which systems alone it is
 * @property {Record<string, string>} [dependencies]
 */

/** @typedef {Readonly<Record<string, Locked>>} Lock by the directory of each package */

const PAGE = 'apps/dashboard/src';
const VALUES = /^(?:import(?! type)|export)[^;]*? from '((?:@[\w-]+\/)?\w[\w.-]*)(?:\/[\w./-]+)?'/gms;

/** @param {Lock} lock @param {readonly string[]} bundled names @returns {string[]} directories, in order */
export function shippedPackages(lock, bundled) {
  const directories = Object.keys(lock).filter((path) => path !== '' && !lock[path]?.dev && !lock[path]?.devOptional);
  const shipped = new Set(directories);
  const follow = (/** @type {string} */ path) => {
    shipped.add(path);
    for (const name of Object.keys(lock[path]?.dependencies ?? {})) {
      const needed = nearest(lock, path, name);
      if (needed !== undefined && !shipped.has(needed)) follow(needed);
    }
  };
  for (const name of bundled) follow(`node_modules/${name}`);
  return [...shipped].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : a < b ? -1 : 1));
}

/** @param {string} directory */
export function nameOf(directory) {
  return directory.slice(directory.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Where a package finds another one, as node looks for it. @param {Lock} lock @param {string} from @param {string} name */
function nearest(lock, from, name) {
  for (let at = from; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    if (lock[`${at}/node_modules/${name}`]) return `${at}/node_modules/${name}`;
  }
  return lock[`node_modules/${name}`] ? `node_modules/${name}` : undefined;
}

/** Names of the packages whose values the page imports. */
export function importedByPage() {
  const files = readdirSync(PAGE, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.spec.ts'));
  const names = sources.flatMap((file) =>
    [...readFileSync(join(PAGE, file), 'utf8').matchAll(VALUES)].map(([, name]) => name ?? ''),
  );
  return [...new Set(names)].filter((name) => !name.startsWith('node:'));
}
