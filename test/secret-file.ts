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

  /** Writes secrets by the names of their variables, and answers the variables that name their files. */
  all(secrets: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(secrets).map(([name, text]) => [`${name}_FILE`, this.write(name, text)]));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
