import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface PageFile {
  readonly contentType: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
}

/** The page as `npm run build` made it, in memory: what is not there when the gateway starts is not served. */
export class PageFiles {
  readonly index: PageFile | undefined;
  private readonly assets: ReadonlyMap<string, PageFile>;

  /** @param folder where `index.html` and `assets` are */
  constructor(folder: string) {
    const assets = join(folder, 'assets');
    const index = join(folder, 'index.html');
    this.index = existsSync(index) ? read(index) : undefined;
    const names = existsSync(assets) ? readdirSync(assets) : [];
    const served = names.filter((name) => extname(name) in contentTypes);
    this.assets = new Map(served.map((name) => [name, read(join(assets, name))]));
  }

  asset(name: string): PageFile | undefined {
    return this.assets.get(name);
  }
}

function read(path: string): PageFile {
  const bytes = readFileSync(path);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
  return { contentType: contentTypes[extname(path)] ?? '', etag, bytes, gzipped: gzipSync(bytes) };
}
