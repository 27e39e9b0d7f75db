import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { LiveReplicas } from '../replicas/live-replicas.js';
import { ReplicaCalls, type Asker, type ReplicaMethod } from '../replicas/replica-calls.js';
import { ReplicaId } from '../replicas/replica-id.js';
import { redisScript } from '../replicas/redis-script.js';
import { SharedRedis } from '../replicas/shared-redis.js';
import { UpstreamError, type ClientSide, type Params } from './connection.js';
import type { UpstreamCall } from './upstream.js';

/** A place nobody asks for is given up. */
const KEPT_MS = 30 * 60_000;

/** Claims a place for a replica, unless another one has it that is not known to be gone. Answers whose it is. */
const claim = redisScript(`
local held = redis.call('GET', KEYS[1])
if not held or held == ARGV[2] then held = ARGV[1] end
redis.call('SET', KEYS[1], held, 'PX', ${KEPT_MS})
return held
`);

/** What can be asked at the replica that holds what a session has at an upstream. */
export interface HoldsSessions {
  readonly name: string;
  requestHere(method: string, params: Params, call: UpstreamCall): Promise<Params>;
}

interface Passed {
  readonly id: string;
  readonly upstream: string;
  readonly method: string;
  readonly params: Params;
  readonly owner: string | undefined;
  readonly callerId: string | undefined;
  /** Of the client behind it; null where there is none. */
  readonly capabilities: Params | null;
}

type Answered = { readonly result: Params } | { readonly refusal: { code: number; message: string; data: unknown } };

interface Question {
  readonly id: string;
  readonly method: string;
  readonly params: Params;
  readonly key: string | undefined;
}

const request: ReplicaMethod<Passed, Answered> = { name: 'upstream request' };
const question: ReplicaMethod<Question, Params> = { name: 'upstream question' };

/**
 * At which replica a session uses an upstream that remembers what was done there: the first one that had to. The others
 * pass its requests on. Where that replica is gone, so is what the upstream remembered: the client is told so once, and
 * begins anew.
 */
@Injectable()
export class SessionPlaces {
  private find: (name: string) => HoldsSessions | undefined = () => undefined;
  /** Clients whose requests run elsewhere. */
  private readonly asking = new Map<string, ClientSide>();

  constructor(
    private readonly redis: SharedRedis,
    private readonly calls: ReplicaCalls,
    private readonly replicas: LiveReplicas,
    private readonly id: ReplicaId,
  ) {
    calls.serve(request, (passed, asker) => this.run(passed, asker));
    calls.serve(question, ({ id, method, params, key }, { signal }) => {
      const client = this.asking.get(id);
      if (!client) throw new OperationError('failed', 'The client is gone');
      return client.ask(method, params, signal, key);
    });
  }

  serve(find: (name: string) => HoldsSessions | undefined): void {
    this.find = find;
  }

  /** Whether requests may have to go elsewhere at all. */
  isShared({ owner, standsAlone }: UpstreamCall): boolean {
    return this.redis.isReady && owner !== undefined && standsAlone !== true && this.replicas.count > 0;
  }

  /** Has the request answered where its session uses the upstream. */
  async request(upstream: HoldsSessions, method: string, params: Params, call: UpstreamCall): Promise<Params> {
    const place = await this.placeOf(`${upstream.name}:${call.owner ?? ''}`);
    if (place === this.id.text) return upstream.requestHere(method, params, call);
    return this.pass(place, upstream.name, method, params, call);
  }

  private async placeOf(name: string, gone = ''): Promise<string> {
    let place: string;
    try {
      place = (await this.redis.runScript(claim, `place:${name}`, [this.id.text, gone])) as string;
    } catch {
      return this.id.text;
    }
    if (place === this.id.text || this.replicas.has(place)) return place;
    await this.placeOf(name, place);
    throw new OperationError(
      'unavailable',
      'The replica of the gateway that had this session’s connection to the upstream is gone, and what the upstream ' +
        'remembered of it. A new connection is made: begin anew with what you had set up there.',
      { retryable: true },
    );
  }

  private async pass(place: string, upstream: string, method: string, params: Params, call: UpstreamCall) {
    const { client, owner, callerId, signal } = call;
    const id = randomUUID();
    if (client) this.asking.set(id, client);
    try {
      const passed: Passed = {
        id,
        upstream,
        method,
        params,
        owner,
        callerId,
        capabilities: client?.capabilities ?? null,
      };
      const onTold = (told: unknown) => {
        const notification = told as { method: string; params: Params };
        client?.notify(notification.method, notification.params);
      };
      // what becomes of it there is not known here before it has ended
      call.onSend?.();
      const answered = await this.calls.call(place, request, passed, { signal, onTold });
      if ('result' in answered) return answered.result;
      const { code, message, data } = answered.refusal;
      throw new UpstreamError(code, message, data);
    } finally {
      this.asking.delete(id);
    }
  }

  private async run({ upstream: name, method, params, ...passed }: Passed, asker: Asker): Promise<Answered> {
    const upstream = this.find(name);
    if (!upstream) throw new OperationError('unavailable', `The other replica has no upstream ${name}`);
    const { owner, callerId } = passed;
    const client = this.clientOf(passed, asker);
    try {
      const call = { signal: asker.signal, client, owner, callerId };
      return { result: await upstream.requestHere(method, params, call) };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      const { code, message, data } = error;
      return { refusal: { code, message, data } };
    }
  }

  /** The client at the replica that asks. */
  private clientOf({ id, capabilities }: Pick<Passed, 'id' | 'capabilities'>, asker: Asker): ClientSide | undefined {
    if (!capabilities) return undefined;
    return {
      capabilities,
      ask: (method, params, signal, key) =>
        this.calls.call(asker.replica, question, { id, method, params, key }, { signal }),
      notify: (method, params) => asker.tell({ method, params }),
    };
  }
}
