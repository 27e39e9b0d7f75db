import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OperationError, type ErrorKind } from '#libs/kit';
import { AnswerLostError, type CancelSignal } from '#libs/outbound';
import { asOperationError } from '../errors/error-table.js';
import { LiveReplicas } from './live-replicas.js';
import { ReplicaBus, type Topic } from './replica-bus.js';

/** What one replica has another one do. Its values are JSON's. */
export interface ReplicaMethod<P, R> {
  readonly name: string;
  /** Of the types alone. */
  readonly shape?: (params: P) => R;
}

/** Whoever has asked, while what it asked for is done. */
export interface Asker {
  readonly replica: string;
  /** Aborts when the asker needs it no longer, or is gone. */
  readonly signal: AbortSignal;
  /** Tells the asker something before the answer. */
  readonly tell: (message: unknown) => void;
}

interface CallOptions {
  readonly signal: CancelSignal;
  readonly onTold?: (message: unknown) => void;
}

interface Waiting {
  readonly replica: string;
  readonly onTold: (message: unknown) => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Failure {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly details: OperationError['details'];
}

const asked: Topic<{ id: string; method: string; params: unknown }> = { name: 'call' };
const told: Topic<{ id: string; message: unknown }> = { name: 'call told' };
const answered: Topic<{ id: string; result?: unknown; failure?: Failure }> = { name: 'call answered' };
const cancelled: Topic<{ id: string }> = { name: 'call cancelled' };

type Handler = (params: unknown, asker: Asker) => Promise<unknown>;

/** Calls from one replica to another, over the bus. One to a replica that is gone, or goes, fails at once. */
@Injectable()
export class ReplicaCalls {
  private readonly handlers = new Map<string, Handler>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly running = new Map<string, { replica: string; controller: AbortController }>();

  constructor(
    private readonly bus: ReplicaBus,
    private readonly replicas: LiveReplicas,
  ) {
    bus.on(asked, (call, from) => void this.run(call, from));
    bus.on(cancelled, ({ id }) => this.running.get(id)?.controller.abort(left()));
    bus.on(told, ({ id, message }) => this.waiting.get(id)?.onTold(message));
    bus.on(answered, ({ id, result, failure }) => {
      if (failure) this.waiting.get(id)?.reject(new OperationError(failure.kind, failure.message, failure.details));
      else this.waiting.get(id)?.resolve(result);
    });
    replicas.onGone((gone) => {
      for (const { replica, reject } of this.waiting.values()) if (replica === gone) reject(answerLost());
      for (const { replica, controller } of this.running.values()) if (replica === gone) controller.abort(left());
    });
  }

  serve<P, R>({ name }: ReplicaMethod<P, R>, handler: (params: P, asker: Asker) => Promise<R>): void {
    this.handlers.set(name, handler as Handler);
  }

  /** Rejects with `unavailable` where the replica is gone or can't be reached. */
  async call<P, R>(replica: string, { name }: ReplicaMethod<P, R>, params: P, options: CallOptions): Promise<R> {
    const { signal, onTold = () => undefined } = options;
    signal.throwIfAborted();
    if (!this.bus.isReady || !this.replicas.has(replica)) throw lost();
    const id = randomUUID();
    const abort = () => {
      this.bus.publish(cancelled, { id }, replica);
      this.waiting.get(id)?.reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      return (await new Promise<unknown>((resolve, reject) => {
        this.waiting.set(id, { replica, onTold, resolve, reject });
        this.bus.publish(asked, { id, method: name, params }, replica);
      })) as R;
    } finally {
      signal.removeEventListener('abort', abort);
      this.waiting.delete(id);
    }
  }

  private async run({ id, method, params }: { id: string; method: string; params: unknown }, replica: string) {
    const controller = new AbortController();
    this.running.set(id, { replica, controller });
    try {
      const handler = this.handlers.get(method);
      // of another version
      if (!handler) throw new OperationError('unavailable', `The other replica does not know ${method}`);
      const tell = (message: unknown) => this.bus.publish(told, { id, message }, replica);
      const result = await handler(params, { replica, signal: controller.signal, tell });
      this.bus.publish(answered, { id, result }, replica);
    } catch (cause) {
      const { kind, message, details } = asOperationError(cause);
      this.bus.publish(answered, { id, failure: { kind, message, details } }, replica);
    } finally {
      this.running.delete(id);
    }
  }
}

function lost(): OperationError {
  return new OperationError(
    'unavailable',
    'The replica of the gateway that held this is gone, and what it held with it. Try again: it begins anew.',
    { retryable: true },
  );
}

/** Of what it was asked before. */
function answerLost(): AnswerLostError {
  const { message, details } = lost();
  return new AnswerLostError(message, details);
}

function left(): OperationError {
  return new OperationError('failed', 'Whoever asked needs it no longer');
}
