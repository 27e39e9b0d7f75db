import type { HttpAnswer } from '#libs/outbound';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_ENTRY_BYTES = 512 * 1024;

/**
 * Answers with their ETags, so that what has not changed is neither sent again nor counted against GitHub's limit. One
 * for each credential: it must never answer what another one may see. Keeps 8 MiB of what was asked for last.
 */
export class EtagCache {
  private readonly answers = new Map<string, HttpAnswer>();
  private bytes = 0;

  /** `accept` decides about the form of an answer, and so belongs to its name. */
  find(url: string, accept: string | undefined): HttpAnswer | undefined {
    const key = keyOf(url, accept);
    const answer = this.answers.get(key);
    if (!answer) return undefined;
    this.answers.delete(key);
    this.answers.set(key, answer);
    return answer;
  }

  keep(url: string, accept: string | undefined, answer: HttpAnswer): void {
    const key = keyOf(url, accept);
    this.drop(key);
    if (answer.headers.etag === undefined || answer.body.length > MAX_ENTRY_BYTES) return;
    this.answers.set(key, answer);
    this.bytes += answer.body.length;
    for (const oldest of this.answers.keys()) {
      if (this.bytes <= MAX_BYTES) break;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.bytes -= this.answers.get(key)?.body.length ?? 0;
    this.answers.delete(key);
  }
}

function keyOf(url: string, accept = ''): string {
  return `${accept} ${url}`;
}
