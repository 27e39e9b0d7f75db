import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ordinaryUser, temporaryDirectory } from '../libs/core/src/store/testing/child-programs.js';
import { provideModules } from '../libs/core/src/store/testing/provide-modules.js';

const PROJECT = resolve(import.meta.dirname, '..');

/** The folder of the compiled gateway, which all files of a test run share; made by the first that needs it. */
export function gatewayBuild(): string {
  const build = join(process.env.TEST_RUN_DIRECTORY!, 'build');
  if (existsSync(build)) return build;
  const draft = temporaryDirectory();
  compile(draft);
  try {
    renameSync(draft, build);
  } catch (error) {
    // another file was faster
    if (!existsSync(build)) throw error;
    rmSync(draft, { recursive: true });
  }
  return build;
}

/** With the compiler, the bundler and the configuration of `npm run build`, which would delete the `dist` that others run. */
function compile(folder: string): void {
  const compiler = join(PROJECT, 'node_modules', '@swc', 'cli', 'bin', 'swc.js');
  const sources = ['apps/gateway/src', 'apps/cli/src', 'libs'];
  const target = ['--out-dir', join(folder, 'dist'), '--config-file', '.swcrc', '--quiet'];
  execFileSync(process.execPath, [compiler, ...sources, ...target], { cwd: PROJECT, stdio: 'pipe' });
  copyFileSync(join(PROJECT, 'package.json'), join(folder, 'package.json'));
  provideModules(folder, ordinaryUser());
  execFileSync(process.execPath, [join(PROJECT, 'scripts', 'bundle.mjs')], { cwd: folder, stdio: 'pipe' });
}
