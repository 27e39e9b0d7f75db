import { execFile } from 'node:child_process';

/** How a container is run: as nobody that is anybody, with nothing that it may write to but its volume and /tmp. */
const HARDENED = ['--read-only', '--tmpfs=/tmp', '--cap-drop=ALL', '--security-opt=no-new-privileges'];

/** What docker and podman understand alike. */
export class Engine {
  /** @param {string} program */
  constructor(program) {
    this.program = program;
  }

  /** The first that is installed and works; undefined where none is. */
  static async find() {
    for (const program of ['docker', 'podman']) {
      const engine = new Engine(program);
      if ((await engine.ask('info')).code === 0) return engine;
    }
    return undefined;
  }

  /** @param {string[]} args @returns {Promise<{code: number, output: string}>} */
  ask(...args) {
    return new Promise((resolve) => {
      execFile(this.program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) || 1 : 0, output: `${stdout}${stderr}`.trim() }),
      );
    });
  }

  /** The answer of a command that must succeed. @param {string[]} args */
  async must(...args) {
    const { code, output } = await this.ask(...args);
    if (code !== 0) throw new Error(`${this.program} ${args.join(' ')}\n${output}`);
    return output;
  }

  /**
   * Runs the image in the network of this machine.
   * @param {string} image @param {Record<string, string>} env @param {{options?: string[], command?: string[]}} [more]
   */
  run(image, env, { options = [], command = [] } = {}) {
    const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
    // its check is tried by hand: not every engine can do it by itself
    return this.ask(
      'run',
      '--no-healthcheck',
      '--network=host',
      ...HARDENED,
      ...variables,
      ...options,
      image,
      ...command,
    );
  }
}
