import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { parse } from 'yaml';
import { documentIn, MAX_DOCUMENT_BYTES, unreadable, type OpenApiDocument } from './openapi-document.js';

/** An alias of YAML can stand for itself many times over. */
const MAX_ALIASES = 100;
/** YAML of this many characters takes a tenth of a second, in which nothing else would be done. */
const SHORT_YAML = 256 * 1024;
const MAX_HEAP_MB = 512;

/** What the thread is given. */
export interface YamlWork {
  readonly text: string;
  readonly maxAliasCount: number;
}
type Answer = { readonly json: string } | { readonly failure: string };

/** Reads JSON or YAML. Rejects with `failed` where it is no description of OpenAPI 3, and with the reason of `signal`. */
export async function readDocument(text: string, signal: AbortSignal): Promise<OpenApiDocument> {
  const isJson = text.trimStart().startsWith('{');
  return documentIn(!isJson && text.length > SHORT_YAML ? await longYaml(text, signal) : parsed(text, isJson));
}

function parsed(text: string, isJson: boolean): unknown {
  try {
    return isJson ? JSON.parse(text) : parse(text, { maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw notReadable(cause);
  }
}

/** In a thread of its own. */
async function longYaml(text: string, signal: AbortSignal): Promise<unknown> {
  const workerData: YamlWork = { text, maxAliasCount: MAX_ALIASES };
  const worker = new Worker(new URL('./yaml.worker.js', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  worker.unref();
  try {
    const [answer] = (await once(worker, 'message', { signal })) as [Answer];
    if ('failure' in answer) throw notReadable(answer.failure);
    if (answer.json.length > MAX_DOCUMENT_BYTES) throw unreadable('it is too long once its aliases are replaced');
    return JSON.parse(answer.json);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error;
    throw unreadable('it takes too much memory as YAML; give it as JSON', error);
  } finally {
    void worker.terminate();
  }
}

function notReadable(cause: unknown): Error {
  return unreadable('it is neither JSON nor YAML', cause);
}
