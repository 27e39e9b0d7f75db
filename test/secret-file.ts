import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files that hold secrets, for `<NAME>_FILE`. */
export class SecretFiles {
  private readonly directory = mkdtempSync(join(tmpdir(), 'secret-files-'));

  /** Replaced as a whole, as Kubernetes does it. Answers the path. */
  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(`${path}.new`, `${text}\n`);
    renameSync(`${path}.new`, path);
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
