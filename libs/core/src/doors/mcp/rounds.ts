import { Injectable } from '@nestjs/common';
import { OperationError, type HttpResponse } from '#libs/kit';
import { LiveReplicas } from '../../replicas/live-replicas.js';
import { ReplicaCalls, type Asker, type ReplicaMethod } from '../../replicas/replica-calls.js';
import { ReplicaId } from '../../replicas/replica-id.js';
import type { AskingCall, Turn } from './asking-call.js';
import { CancellableCall } from './cancellable-call.js';
import { badParams } from './mcp-refusal.js';
import { isObject, type Params } from './messages.js';
import { ParkedCalls } from './parked-calls.js';
import type { OpenQuestions } from './questions.js';
import type { StateBinding } from './state-seal.js';

/** How a round of a call ends for its client. */
export type Round = { readonly json: string } | { readonly questions: OpenQuestions; readonly requestState: string };

interface Next {
  readonly state: string;
  readonly responses: Params;
  readonly binding: StateBinding;
}

type Tell = (json: string) => void;

const nextRound: ReplicaMethod<Next, Round> = { name: 'next round' };

/** Plays calls in rounds (2026-07-28): one that waits at another replica goes on there. */
@Injectable()
export class Rounds {
  constructor(
    private readonly parked: ParkedCalls,
    private readonly calls: ReplicaCalls,
    private readonly replicas: LiveReplicas,
    private readonly id: ReplicaId,
  ) {
    calls.serve(nextRound, (next, asker) => this.playFor(next, asker));
  }

  /** From where the client was asked. */
  async goOn(params: Params, binding: StateBinding, response: HttpResponse, tell: Tell): Promise<Round> {
    const next: Next = { state: params.requestState as string, responses: responsesIn(params), binding };
    const replica = this.parked.replicaOf(next.state, binding);
    if (replica !== this.id.text && this.replicas.has(replica)) return this.goOnAt(replica, next, response, tell);
    const call = this.taken(next);
    return this.ended(await call.turn(tell, response), call, binding);
  }

  private async goOnAt(replica: string, next: Next, response: HttpResponse, tell: Tell): Promise<Round> {
    const leaving = new AbortController();
    const here = new CancellableCall();
    here.onCancel(() => leaving.abort(new OperationError('failed', 'The client has left')));
    here.follow(response);
    try {
      const onTold = (json: unknown) => tell(json as string);
      return await this.calls.call(replica, nextRound, next, { signal: leaving.signal, onTold });
    } finally {
      here.unfollow();
    }
  }

  private async playFor(next: Next, { signal, tell }: Asker): Promise<Round> {
    const call = this.taken(next);
    signal.addEventListener('abort', () => call.cancel(), { once: true });
    return this.ended(await call.turn(tell), call, next.binding);
  }

  private taken({ state, responses, binding }: Next): AskingCall {
    const call = this.parked.take(state, binding);
    call.answer(responses);
    return call;
  }

  /** Where the client is asked something, the call waits for it. */
  ended(turn: Turn, call: AskingCall, binding: StateBinding): Round {
    if ('json' in turn) return turn;
    return { questions: turn.questions, requestState: this.parked.park(call, binding) };
  }
}

function responsesIn(params: Params): Params {
  const responses = params.inputResponses ?? {};
  if (isObject(responses) && Object.values(responses).every(isObject)) return responses;
  throw badParams('inputResponses: expected an object with an answer for each key of inputRequests');
}
