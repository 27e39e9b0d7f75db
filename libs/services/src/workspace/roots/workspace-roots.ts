import { basename } from 'node:path';
import { realPathOf } from './real-path.js';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { OperationError, PrivatePlaces, type ServiceStatus } from '#libs/kit';
import { WorkspaceSettings } from '../workspace.settings.js';
import { absoluteOf, parentOf, pathOf, placeOf, placeOfReal, type Root } from './caller-path.js';
import { fileError } from './file-errors.js';
import { findRoots, UnusableRoot } from './find-roots.js';
import { Found, refused, requireDirectory, requireFile, type Inside } from './found.js';
import { refuseOwnFiles } from './own-files.js';
import { gitDirectories } from './gate.js';
import { isGitMark, refuseGitDirectory } from './git-directories.js';
import { refuseGit } from './git-names.js';
import { nameInside, type NameInside } from './name-inside.js';

/**
 * The directories in which callers may work, and the only way to what is in them. A path is opened first and judged by
 * its descriptor: the kernel says where that really is, so links, races and look-alike names lead nowhere.
 */
@Injectable()
export class WorkspaceRoots implements OnModuleInit {
  private readonly logger = new Logger(WorkspaceRoots.name);
  private roots: readonly Root[] = [];
  private problem: string | undefined;

  constructor(
    private readonly settings: WorkspaceSettings,
    private readonly own: PrivatePlaces,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.settings.enabled) return;
    try {
      const roots = await findRoots(this.settings.directories);
      await refuseOwnFiles(roots, this.own.paths);
      this.roots = roots;
    } catch (error) {
      if (!(error instanceof UnusableRoot)) throw error;
      this.problem = error.message;
      const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
      this.logger.warn(`The workspace is not available. ${error.message}${cause}`);
    }
  }

  status(): ServiceStatus {
    if (!this.settings.enabled) return { state: 'not configured', reason: switchedOff, missing: switches };
    return this.problem === undefined ? { state: 'ready' } : { state: 'unavailable', reason: this.problem };
  }

  /** Throws where the workspace is switched off or can't be used; every operation asks it first. */
  require(): readonly Root[] {
    if (!this.settings.enabled) throw new OperationError('not-configured', switchedOff, { missing: switches });
    if (this.problem !== undefined) throw new OperationError('unavailable', this.problem, { retryable: false });
    return this.roots;
  }

  /**
   * The absolute path that a caller's path means, for rules on arguments; where links lead elsewhere also the one behind
   * them. What is opened in the end is judged by `with`.
   */
  whereIs(path: string, field: string): string | string[] {
    const byWords = absoluteOf(placeOf(path, this.require(), field));
    const real = realPathOf(byWords);
    return real === byWords ? real : [byWords, real];
  }

  /** Hands a file to `work` and lets go of it afterwards. Rejects where it is no regular file with one name. */
  async withFile<T>(path: string, work: (file: Inside) => Promise<T>, field = 'path'): Promise<T> {
    return this.with(
      path,
      async (inside) => {
        requireFile(inside);
        return work(inside);
      },
      field,
    );
  }

  /** Hands a directory to `work` and lets go of it afterwards: `found.path` is a child's working directory until then. */
  async withDirectory<T>(path: string, work: (directory: Inside) => Promise<T>, field = 'path'): Promise<T> {
    return this.with(
      path,
      async (inside) => {
        requireDirectory(inside);
        return work(inside);
      },
      field,
    );
  }

  /** Hands whatever is there to `work`, a link itself included, and lets go of it afterwards. */
  async with<T>(path: string, work: (inside: Inside) => Promise<T>, field = 'path'): Promise<T> {
    const place = placeOf(path, this.require(), field);
    return this.hold(absoluteOf(place), pathOf(place, this.roots), work);
  }

  /**
   * Hands a name in its directory to `work`, for something to be changed there, and lets go of the directory afterwards.
   * Rejects for a root itself and for what belongs to git.
   */
  async withName<T>(path: string, work: (name: NameInside) => Promise<T>, field = 'path'): Promise<T> {
    const { root, below } = placeOf(path, this.require(), field);
    const words = pathOf({ root, below }, this.roots);
    if (below === '') throw refused(words, 'is the workspace itself');
    const directory = absoluteOf({ root, below: parentOf(below) });
    // the dot follows a link that the last name of the directory may be
    return this.hold(`${directory}/.`, words, async (inside) => {
      requireDirectory(inside);
      const name = basename(below);
      refuseGit(`${inside.found.realPath}/${name}`, words);
      await refuseGitDirectory(inside.found, name, inside.place.root.path, words);
      return work(nameInside(inside, name, this.roots));
    });
  }

  /** As `withName`, for something to come there. */
  async withNewName<T>(path: string, work: (name: NameInside) => Promise<T>, field = 'path'): Promise<T> {
    const named = () => this.withName(path, work, field);
    const { below } = placeOf(path, this.require(), field);
    return isGitMark(basename(below)) ? gitDirectories.byItself(named) : named();
  }

  /** Hands what has this name in a directory that is held to `work`, and lets go of it afterwards. */
  withChild<T>({ at, path }: NameInside, work: (child: Inside) => Promise<T>): Promise<T> {
    return this.hold(at, path, work);
  }

  /** As `withChild`, for a path below a directory. Links that came to lie on it are followed within the roots alone. */
  withBelow<T>({ found }: Inside, below: string, work: (inside: Inside) => Promise<T>): Promise<T> {
    return this.hold(found.child(below), below, work);
  }

  private async hold<T>(at: string, words: string, work: (inside: Inside) => Promise<T>): Promise<T> {
    try {
      const found = await Found.at(at);
      try {
        return await work(this.inside(found, words));
      } finally {
        await found.close();
      }
    } catch (error) {
      throw fileError(error, words);
    }
  }

  /** Where something that was found is, by the kernel's word. Throws where that is outside of all roots. */
  private inside(found: Found, words: string): Inside {
    const place = found.stats.nlink > 0 ? placeOfReal(found.realPath, this.roots) : undefined;
    if (!place) throw fileError(Object.assign(new Error('outside'), { syscall: 'open', code: 'ENOENT' }), words);
    return { found, place, path: pathOf(place, this.roots) };
  }
}

const switches = ['MCP_ENABLE_REAL_TOOLS'];
const switchedOff = 'The operator switched the workspace off (MCP_ENABLE_REAL_TOOLS=false)';
