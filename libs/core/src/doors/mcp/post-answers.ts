import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CallLimits } from '../../throttling/call-limits.js';
import { PostAnswer, type AnswerOptions } from './post-answer.js';

/** A call that takes longer is answered by a stream, which shows the client and the proxies between that it goes on. */
const STREAM_AFTER_MS = 1_000;
const LOOK_EVERY_MS = 250;
/** Looks until then, with the first one, which may come right after an answer was begun. */
const PATIENT_LOOKS = STREAM_AFTER_MS / LOOK_EVERY_MS + 1;

/** The answers that are on their way, looked at together: a timer for each would cost as much as many a call. */
@Injectable()
export class PostAnswers implements OnApplicationShutdown {
  /** Each knows its place: a Set that answers come into and leave all the time makes garbage. */
  private readonly open: PostAnswer[] = [];
  private looks = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly limits: CallLimits) {}

  begin(options: AnswerOptions): PostAnswer {
    const answer = new PostAnswer(options, this.limits, this.looks + PATIENT_LOOKS, this.ended);
    answer.place = this.open.push(answer) - 1;
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    return answer;
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    this.looks += 1;
    for (const answer of this.open) if (answer.streamsAt <= this.looks) answer.openStream();
    if (this.open.length > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private readonly ended = (answer: PostAnswer): void => {
    const { place } = answer;
    if (place === undefined) return;
    answer.place = undefined;
    const last = this.open.pop();
    if (!last || last === answer) return;
    this.open[place] = last;
    last.place = place;
  };
}
