import { Injectable, Logger } from '@nestjs/common';
import { SecretKey } from '../store/secret-key.js';
import { TextSeal } from '../store/text-seal.js';
import { ReplicaId } from './replica-id.js';
import { SharedRedis } from './shared-redis.js';

const PLACE = 'bus';

/** What messages are about, and of which shape they are. */
export interface Topic<T> {
  readonly name: string;
  /** Of the type alone. */
  readonly shape?: T;
}

interface Sent {
  readonly from: string;
  /** A replica's id; undefined for what all are told. */
  readonly to: string | undefined;
  /** Counts what a replica has sent. */
  readonly count: number;
  readonly topic: string;
  readonly message: unknown;
}

type Listener = (message: unknown, from: string) => void;

/**
 * Tells the other replicas of what happens here. Without Redis nobody hears of it, and what is told while it is away is
 * lost: whoever follows a topic looks for itself when Redis is back.
 */
@Injectable()
export class ReplicaBus {
  private readonly logger = new Logger('Replicas');
  private readonly listeners = new Map<string, Listener>();
  /** What each replica has sent last, one number for each start of one. */
  private readonly counts = new Map<string, number>();
  private sent = 0;
  private readonly seal: TextSeal;

  constructor(
    private readonly redis: SharedRedis,
    private readonly id: ReplicaId,
    secretKey: SecretKey,
  ) {
    this.seal = new TextSeal(secretKey, 'replica bus');
    redis.onMessage((text) => this.take(text));
  }

  /** Whether there can be other replicas. */
  get isOn(): boolean {
    return this.redis.isConfigured;
  }

  get isReady(): boolean {
    return this.redis.isReady;
  }

  /** Tells one replica, or all others. */
  publish<T>({ name }: Topic<T>, message: T, to?: string): void {
    if (!this.redis.isReady) return;
    const sent: Sent = { from: this.id.text, to, count: (this.sent += 1), topic: name, message };
    this.redis.publish(this.seal.seal(JSON.stringify(sent), PLACE), to);
  }

  /** Each topic has one listener. */
  on<T>({ name }: Topic<T>, listener: (message: T, from: string) => void): void {
    this.listeners.set(name, listener as Listener);
  }

  /** Has `listener` run when messages may have been missed. */
  onReady(listener: () => void): void {
    this.redis.onReady(listener);
  }

  /** Whoever else writes into this Redis can't speak as a replica, nor repeat what one has said. */
  private take(text: string): void {
    const opened = this.seal.open(text, PLACE);
    if (opened === undefined) return;
    const { from, to, count, topic, message } = JSON.parse(opened) as Sent;
    if (from === this.id.text || (to ?? this.id.text) !== this.id.text) return;
    // Redis keeps the order of what one connection sends
    if (!(count > (this.counts.get(from) ?? 0))) return;
    this.counts.set(from, count);
    try {
      this.listeners.get(topic)?.(message, from);
    } catch (error) {
      // one of another version may say what nobody understands here
      this.logger.error(`A message about ${topic} could not be taken`, error instanceof Error ? error.stack : error);
    }
  }
}
