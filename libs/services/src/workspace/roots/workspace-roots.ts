import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { OperationError, type ServiceStatus } from '#libs/kit';
import { WorkspaceSettings } from '../workspace.settings.js';
import { absoluteOf, pathOf, placeOf, placeOfReal, type Root } from './caller-path.js';
import { fileError } from './file-errors.js';
import { findRoots, UnusableRoot } from './find-roots.js';
import { Found, requireDirectory, requireFile, type Inside } from './found.js';

/**
 * The directories in which callers may work, and the only way to what is in them. A path is opened first and judged by
 * its descriptor: the kernel says where that really is, so links, races and look-alike names lead nowhere.
 */
@Injectable()
export class WorkspaceRoots implements OnModuleInit {
  private readonly logger = new Logger(WorkspaceRoots.name);
  private roots: readonly Root[] = [];
  private problem: string | undefined;

  constructor(private readonly settings: WorkspaceSettings) {}

  async onModuleInit(): Promise<void> {
    if (!this.settings.enabled) return;
    try {
      this.roots = await findRoots(this.settings.directories);
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

  /** Hands a file to `work` and lets go of it afterwards. Rejects where it is no regular file with one name. */
  async withFile<T>(path: string, work: (file: Inside) => Promise<T>, field = 'path'): Promise<T> {
    return this.with(path, field, async (inside) => {
      requireFile(inside);
      return work(inside);
    });
  }

  /** Hands a directory to `work` and lets go of it afterwards: `found.path` is a child's working directory until then. */
  async withDirectory<T>(path: string, work: (directory: Inside) => Promise<T>, field = 'path'): Promise<T> {
    return this.with(path, field, async (inside) => {
      requireDirectory(inside);
      return work(inside);
    });
  }

  /** Hands whatever is there to `work`, a link itself included, and lets go of it afterwards. */
  async with<T>(path: string, field: string, work: (inside: Inside) => Promise<T>): Promise<T> {
    const roots = this.require();
    const place = placeOf(path, roots, field);
    const words = pathOf(place, roots);
    try {
      const found = await Found.at(absoluteOf(place));
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
  inside(found: Found, words: string): Inside {
    const place = found.stats.nlink > 0 ? placeOfReal(found.realPath, this.roots) : undefined;
    if (!place) throw fileError(Object.assign(new Error('outside'), { syscall: 'open', code: 'ENOENT' }), words);
    return { found, place, path: pathOf(place, this.roots) };
  }
}

const switches = ['MCP_ENABLE_REAL_TOOLS'];
const switchedOff = 'The operator switched the workspace off (MCP_ENABLE_REAL_TOOLS=false)';
