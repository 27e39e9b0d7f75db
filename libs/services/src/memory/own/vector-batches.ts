import { EmbeddingsRefusal, type Embeddings } from './embeddings.js';

/** Servers have limits of their own to the texts of a request; 32 is a common one. */
const BATCH = 16;
/** Texts in a row that are refused one by one until it is the API that counts as at fault, and not the texts. */
const GIVES_UP_AFTER = 4;

/** `refused` where the API does not take this very text; undefined where it may another time. */
type Made = Buffer | 'refused' | undefined;

/**
 * The vectors of texts, each with the position of its text, as they are made. Of a batch that is refused each half is tried,
 * so that one text costs no other its vector. Rejects where the API is not to be reached, or refuses whatever it is given:
 * the requests are few then, however many the texts.
 */
export async function* vectorsInBatches(
  embeddings: Embeddings,
  texts: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<[at: number, made: Made]> {
  const open: [from: number, to: number][] = [];
  for (let from = 0; from < texts.length; from += BATCH) open.push([from, Math.min(from + BATCH, texts.length)]);
  let inARow = 0;
  for (let batch = open.shift(); batch; batch = open.shift()) {
    const [from, to] = batch;
    let vectors: Buffer[];
    try {
      vectors = await embeddings.of(texts.slice(from, to), signal);
    } catch (error) {
      if (!(error instanceof EmbeddingsRefusal) || !error.mayBeOfOne) throw error;
      const middle = Math.ceil((from + to) / 2);
      if (middle < to) {
        open.unshift([from, middle], [middle, to]);
        continue;
      }
      yield [from, error.isForGood ? 'refused' : undefined];
      inARow += 1;
      if (inARow >= GIVES_UP_AFTER && open.length > 0) throw error;
      continue;
    }
    inARow = 0;
    for (const [at, made] of vectors.entries()) yield [from + at, made];
  }
}
