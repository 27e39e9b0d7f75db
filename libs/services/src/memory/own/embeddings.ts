import { z } from 'zod';
import { OperationError } from '#libs/kit';
import { NamedOrigin, type HttpClient } from '#libs/outbound';
import type { Mem0Settings } from '../mem0.settings.js';
import { packed } from './vectors.js';

/** A search waits for them; past this it does without. */
const TIMEOUT_MS = 10_000;

const answerSchema = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()).min(1) })),
});

/** Statuses with which APIs refuse a text, or more texts than they take at once; some say 500 of one that is too long. */
const ofTexts = new Set([400, 413, 422, 500]);

/** The API answered, and not with vectors. */
export class EmbeddingsRefusal extends OperationError {
  constructor(
    what: string,
    private readonly status = 200,
  ) {
    super('failed', `The embeddings API ${what}`);
  }

  /** Whether fewer of the texts, or others, might be taken. */
  get mayBeOfOne(): boolean {
    return ofTexts.has(this.status);
  }

  /** Whether the same text would be refused again. */
  get isForGood(): boolean {
    return this.mayBeOfOne && this.status < 500;
  }
}

/** Turns texts into vectors, by an API of OpenAI's shape. */
export class Embeddings {
  private readonly target: { url: string; policy: NamedOrigin } | undefined;

  constructor(
    private readonly settings: Mem0Settings,
    private readonly http: HttpClient,
  ) {
    const { embeddingsUrl } = settings;
    if (embeddingsUrl === undefined) return;
    const url = `${embeddingsUrl.replace(/\/+$/, '').replace(/\/embeddings$/, '')}/embeddings`;
    this.target = { url, policy: new NamedOrigin('The embeddings API', embeddingsUrl) };
  }

  /** Whether there are any. */
  get on(): boolean {
    return this.target !== undefined;
  }

  get model(): string {
    return this.settings.embeddingsModel;
  }

  /** Packed vectors, in the order of the texts. Rejects with an OperationError. */
  async of(texts: readonly string[], signal: AbortSignal): Promise<Buffer[]> {
    if (!this.target) throw new OperationError('not-configured', 'EMBEDDINGS_URL is not set');
    const { embeddingsKey } = this.settings;
    const answer = await this.http.request({
      ...this.target,
      method: 'POST',
      json: { model: this.model, input: texts },
      headers: embeddingsKey === undefined ? {} : { authorization: `Bearer ${embeddingsKey}` },
      idempotent: true,
      timeoutMs: TIMEOUT_MS,
      redirects: 0,
      signal,
    });
    const { status } = answer;
    if (status !== 200) throw new EmbeddingsRefusal(`refused with status ${status}`, status);
    const data = vectorsIn(answer.text());
    if (data?.length !== texts.length) throw new EmbeddingsRefusal('answered with something else than vectors');
    return data.sort((one, other) => one.index - other.index).map(({ embedding }) => packed(embedding));
  }
}

function vectorsIn(body: string): z.infer<typeof answerSchema>['data'] | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(body)).data?.data;
  } catch {
    return undefined;
  }
}
