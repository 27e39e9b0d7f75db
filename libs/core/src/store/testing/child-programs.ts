import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { transformFileSync } from '@swc/core';
import { provideModules } from './provide-modules.js';

const CORE = join(import.meta.dirname, '..', '..');
const ROOT = join(CORE, '..', '..', '..');
const KIT = join(ROOT, 'libs', 'kit', 'src');

/** For specs: plain node processes that import the store's files, to be killed or run as another user. */
export class ChildPrograms {
  private readonly children: ChildProcess[] = [];
  readonly directory = temporaryDirectory();

  constructor() {
    writeFileSync(
      join(this.directory, 'package.json'),
      JSON.stringify({ type: 'module', imports: { '#libs/kit': './kit/index.js' } }),
    );
    provideModules(this.directory, ordinaryUser());
    compileFolder(KIT, join(this.directory, 'kit'));
    for (const folder of ['store', 'store/embedded']) compileFolder(join(CORE, folder), join(this.directory, folder));
  }

  /** Runs ES module code; its imports are relative to a folder that holds `store/`. */
  start(code: string, user?: { uid: number; gid: number }): ChildProcess {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      ...user,
      cwd: this.directory,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.children.push(child);
    return child;
  }

  close(): void {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.directory, { recursive: true });
  }
}

/** The next line that a child writes; rejects when it ends without one. */
export async function nextLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout! });
    lines.once('line', resolve);
    child.once('close', (code, signal) => reject(new Error(`The child ended (${code ?? signal}) without a line`)));
  });
}

/** Who is neither root nor the database's user, for programs that a spec run by root starts as such. */
export function ordinaryUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: string) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Below the system's directory for such; any user may pass through it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  chmodSync(directory, 0o755);
  return directory;
}

function compileFolder(source: string, target: string): void {
  for (const name of readdirSync(source)) {
    if (!name.endsWith('.ts') || name.endsWith('.spec.ts')) continue;
    compile(join(source, name), join(target, name.replace(/ts$/, 'js')));
  }
}

function compile(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const { code } = transformFileSync(source, {
    swcrc: false,
    configFile: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  });
  writeFileSync(target, code);
}
