import type { CancelSignal } from '#libs/outbound';
import { isAnswerTo } from './client-answer.js';
import type { Params } from './messages.js';

interface Question {
  readonly method: string;
  readonly params: Params;
  readonly resolve: (answer: Params) => void;
}

export type OpenQuestions = Record<string, { method: string; params: Params }>;

const FIELD = /^[\w-]{1,64}$/;

/** What one call asks its client, by the keys under which the client answers. */
export class Questions {
  private readonly open = new Map<string, Question>();
  private readonly given: Map<string, unknown>;
  private asked = 0;

  /** `given` is what the client has answered before; `onAsked` is told of what it has not. */
  constructor(
    given: Params,
    private readonly onAsked: () => void,
  ) {
    this.given = new Map(Object.entries(given));
  }

  get isEmpty(): boolean {
    return this.open.size === 0;
  }

  all(): OpenQuestions {
    return Object.fromEntries([...this.open].map(([key, { method, params }]) => [key, { method, params }]));
  }

  ask(method: string, params: Params, signal: CancelSignal, name = onlyFieldOf(params)): Promise<Params> {
    this.asked += 1;
    const key = name === undefined || this.open.has(name) ? `input-${this.asked}` : name;
    const early = this.given.get(key);
    this.given.delete(key);
    if (isAnswerTo(method, early)) return Promise.resolve(early);
    return new Promise<Params>((resolve, reject) => {
      const aborted = () => {
        this.open.delete(key);
        reject(signal.reason);
      };
      signal.addEventListener('abort', aborted, { once: true });
      const answered = (answer: Params) => {
        signal.removeEventListener('abort', aborted);
        resolve(answer);
      };
      this.open.set(key, { method, params, resolve: answered });
      this.onAsked();
    });
  }

  /** Drops what answers nothing that is open. */
  answer(responses: Params): void {
    for (const [key, answer] of Object.entries(responses)) {
      const question = this.open.get(key);
      if (!question || !isAnswerTo(question.method, answer)) continue;
      question.resolve(answer);
      this.open.delete(key);
    }
  }
}

/** What a form with one field asks for is called as the field is, which says more than a number. */
function onlyFieldOf({ requestedSchema }: Params): string | undefined {
  const fields = Object.keys((requestedSchema as { properties?: object } | undefined)?.properties ?? {});
  return fields.length === 1 && FIELD.test(fields[0] ?? '') ? fields[0] : undefined;
}
