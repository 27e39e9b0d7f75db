import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

/** A place in a file, as V8 writes it at the end of a frame: `file:///…/dist/libs/core/src/x.js:12:34`. */
const PLACE = /(file:\/\/\/[^\s():]+):(\d+):(\d+)/g;
/** What we built: others bring no maps, or such as say nothing of our sources. */
const BUILT = /\/dist\/(?:apps|libs)\//;
/** A source as a map names it, from where its file lies; a bundled file has many. */
const SOURCE = /(?:^|\/)((?:apps|libs)\/.+\.ts)$/;

const maps = new Map<string, SourceMap | undefined>();

/**
 * A stack with the lines of the sources instead of those of the built files. Node's own `--enable-source-maps` reads the
 * maps of all modules at the start and keeps them, which takes 30 MB; these are read for what has failed.
 */
export function inSourceLines(stack: string): string {
  return stack.replace(PLACE, (built: string, url: string, line: string, column: string) => {
    if (!BUILT.test(url) || !url.endsWith('.js')) return built;
    if (!maps.has(url)) maps.set(url, readMap(url));
    const origin = maps.get(url)?.findOrigin(Number(line), Number(column));
    if (!origin || !('lineNumber' in origin)) return built;
    const [, source] = SOURCE.exec(origin.fileName) ?? [];
    return source === undefined ? built : `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

/** The map beside a built file; what can't be read is told as it is built. */
function readMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
