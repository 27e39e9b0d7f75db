import type { Redis } from 'ioredis';
import type { LiveReplicas } from '../../replicas/live-replicas.js';
import type { ReplicaId } from '../../replicas/replica-id.js';
import { redisScript } from '../../replicas/redis-script.js';
import type { ReplicaBus, Topic } from '../../replicas/replica-bus.js';
import type { SharedRedis } from '../../replicas/shared-redis.js';
import type { SecretKey } from '../../store/secret-key.js';
import { TextSeal } from '../../store/text-seal.js';
import { CALLER_BYTES, EVENT_BYTES, STREAM_EVENTS } from './event-log.js';
import { MemorySessionStore } from './memory-session-store.js';
import {
  SESSION_IDLE_MS,
  SessionStore,
  type EventPlace,
  type KeptEvents,
  type SessionChange,
  type SessionEvent,
  type SessionState,
} from './session-store.js';
import { UnkeptEvents } from './unkept-events.js';

/** How seldom a use is told to Redis. */
const TOUCH_EVERY_MS = 60_000;
/** A session is waited for longer than a limit: without it there is no answer. */
const PATIENCE_MS = 1_000;
/** So are the events of a stream, which may be many: that they take a while does not say that Redis is away. */
const EVENTS_PATIENCE_MS = 5_000;
/** Events that Redis has missed are written so many at a time, and after a while where it refuses them. */
const SHARED_AT_ONCE = 32;
const SHARE_AGAIN_MS = 5_000;

const opened: Topic<SessionState> = { name: 'session opened' };
const changed: Topic<{ id: string; change: SessionChange }> = { name: 'session changed' };
const ended: Topic<string> = { name: 'session ended' };

/** An event, and the replica that wrote it. */
type Written = SessionEvent & { readonly by: string };

/**
 * Keeps an event among those of its stream, of which there are so many at most, and its place in its caller's line, in
 * which the oldest is first. What a session had that is over, or a stream too many, stays in the line until it is its turn,
 * and is as old as what goes with it.
 */
const keepEvent = redisScript(`
local line, bytes = KEYS[1], KEYS[1] .. ':bytes'
local events, number, text = ARGV[1], ARGV[2], ARGV[3]
local numbers = events .. ':numbers'
if redis.call('HEXISTS', events, number) == 1 then return end
redis.call('HSET', events, number, text)
if redis.call('RPUSH', numbers, number) > ${STREAM_EVENTS} then
  redis.call('HDEL', events, redis.call('LPOP', numbers))
end
redis.call('RPUSH', line, cjson.encode({events, number, #text + ${EVENT_BYTES}}))
local held = redis.call('INCRBY', bytes, #text + ${EVENT_BYTES})
while held > ${CALLER_BYTES} do
  local oldest = redis.call('LPOP', line)
  if not oldest then
    redis.call('DEL', bytes)
    break
  end
  local of, which, size = unpack(cjson.decode(oldest))
  redis.call('HDEL', of, which)
  held = redis.call('DECRBY', bytes, size)
end
for _, key in ipairs({events, numbers, line, bytes}) do redis.call('PEXPIRE', key, ${SESSION_IDLE_MS}) end
`);

/**
 * Sessions that any replica can go on with. Each replica holds in memory what it has heard of, so that a request seldom
 * waits for Redis, and none of a known session while it is away.
 */
export class SharedSessionStore extends SessionStore {
  private readonly memory = new MemorySessionStore();
  private readonly touchedAt = new Map<string, number>();
  /** Sessions of which Redis does not know yet what they are: opened or changed, or ended, while it was away. */
  private readonly untold = new Set<string>();
  private readonly unkept = new UnkeptEvents();
  private isSharing = false;
  private shareAgain: NodeJS.Timeout | undefined;
  private readonly seal: TextSeal;
  private changeListener: (state: SessionState, change: SessionChange) => void = () => undefined;
  private endListener: (id: string) => void = () => undefined;

  constructor(
    private readonly redis: SharedRedis,
    private readonly bus: ReplicaBus,
    private readonly replicas: LiveReplicas,
    private readonly id: ReplicaId,
    secretKey: SecretKey,
  ) {
    super();
    this.seal = new TextSeal(secretKey, 'mcp sessions');
    bus.on(opened, (state) => void this.memory.open(state));
    bus.on(changed, ({ id, change }) => void this.noteChange(id, change));
    bus.on(ended, (id) => {
      this.forget(id);
      this.endListener(id);
    });
    secretKey.onRenewal(async () => {
      for (const id of this.memory.ids()) await this.tell(id);
    });
    redis.onReady(() => {
      for (const id of this.untold) void this.tellAgain(id);
      void this.shareUnkept();
    });
  }

  async open(state: SessionState): Promise<void> {
    await this.memory.open(state);
    this.bus.publish(opened, state);
    await this.tell(state.id);
  }

  async find(id: string): Promise<SessionState | undefined> {
    const known = this.memory.find(id);
    if (known) {
      this.touch(id);
      return known;
    }
    const sealed = await this.redis.run((redis) => redis.getex(this.keyOf(id), 'PX', SESSION_IDLE_MS), PATIENCE_MS);
    const text = sealed === null ? undefined : this.seal.open(sealed, id);
    if (text === undefined) return undefined;
    const state = JSON.parse(text) as SessionState;
    await this.memory.open(state);
    return state;
  }

  async change(id: string, change: SessionChange): Promise<SessionState | undefined> {
    if (!(await this.find(id))) return undefined;
    const state = await this.memory.change(id, change);
    this.bus.publish(changed, { id, change });
    await this.tell(id);
    return state;
  }

  async end(id: string): Promise<void> {
    this.forget(id);
    this.bus.publish(ended, id);
    await this.tell(id);
  }

  async keep(id: string, event: SessionEvent): Promise<void> {
    await this.memory.keep(id, event);
    await this.share(id, event);
  }

  async after(id: string, place: EventPlace): Promise<KeptEvents | undefined> {
    if (!this.redis.isReady) return this.memory.after(id, place);
    const written = await this.redis.run((redis) => this.writtenAfter(redis, id, place), EVENTS_PATIENCE_MS);
    const last = written.at(-1);
    if (!last) return undefined;
    const isOver = last.isLast === true || !this.replicas.has(last.by);
    return { events: written.filter(({ number }) => number > place.number), isOver };
  }

  /** What came on the stream after the place, and its last event whenever that came: whoever waits asks often. */
  private async writtenAfter(redis: Redis, id: string, place: EventPlace): Promise<Written[]> {
    const events = this.eventsOf(id, place);
    const numbers = (await redis.hkeys(events)).map(Number).sort((a, b) => a - b);
    const wanted = numbers.filter((number, i) => number > place.number || i === numbers.length - 1);
    if (wanted.length === 0) return [];
    const sealed = await redis.hmget(events, ...wanted.map(String));
    const texts = sealed.flatMap((each) => (each === null ? [] : (this.seal.open(each, `${id} event`) ?? [])));
    return texts.map((text) => JSON.parse(text) as Written);
  }

  override onChange(listener: (state: SessionState, change: SessionChange) => void): void {
    this.changeListener = listener;
  }

  override onEnd(listener: (id: string) => void): void {
    this.endListener = listener;
  }

  private async noteChange(id: string, change: SessionChange): Promise<void> {
    const state = await this.memory.change(id, change);
    if (state) this.changeListener(state, change);
  }

  /** What happened while Redis was away. Other replicas hold what is over for as long as nobody tells them. */
  private async tellAgain(id: string): Promise<void> {
    if (!this.memory.find(id)) this.bus.publish(ended, id);
    await this.tell(id);
  }

  /** Writes a session as it is; where Redis is away, when it is back. */
  private async tell(id: string): Promise<void> {
    this.untold.add(id);
    const state = this.memory.find(id);
    try {
      await this.redis.run(async (redis) => {
        if (!state) await redis.del(this.keyOf(id));
        else await redis.set(this.keyOf(id), this.seal.seal(JSON.stringify(state), id), 'PX', SESSION_IDLE_MS);
      });
      this.untold.delete(id);
    } catch {
      // known here until then
    }
  }

  /** Writes an event for all replicas; where Redis is away, when it is back. */
  private async share(id: string, event: SessionEvent): Promise<void> {
    try {
      await this.write(id, event);
    } catch {
      this.unkept.add({ sessionId: id, event });
      this.shareAgain ??= setTimeout(() => void this.shareUnkept(), SHARE_AGAIN_MS).unref();
    }
  }

  /** A few at a time: all at once would hold up everybody who asks Redis, and this process. */
  private async shareUnkept(): Promise<void> {
    if (this.isSharing) return;
    this.isSharing = true;
    clearTimeout(this.shareAgain);
    this.shareAgain = undefined;
    while (!this.unkept.isEmpty && this.redis.isReady) {
      const some = this.unkept.take(SHARED_AT_ONCE);
      const written = await Promise.allSettled(
        some.map(({ sessionId, event }) => this.write(sessionId, event, EVENTS_PATIENCE_MS)),
      );
      const left = some.filter((_, index) => written[index]?.status === 'rejected');
      this.unkept.giveBack(left);
      if (left.length > 0) break;
    }
    this.isSharing = false;
    if (!this.unkept.isEmpty) {
      this.shareAgain = setTimeout(() => void this.shareUnkept(), SHARE_AGAIN_MS).unref();
    }
  }

  private async write(id: string, event: SessionEvent, ms?: number): Promise<void> {
    const written: Written = { ...event, by: this.id.text };
    const callerId = this.memory.callerOf(id);
    const text = this.seal.seal(JSON.stringify(written), `${id} event`);
    // one that has no room alone would push out all else
    if (callerId === undefined || text.length + EVENT_BYTES > CALLER_BYTES) return;
    const given = [this.eventsOf(id, event), event.number, text];
    await this.redis.runScript(keepEvent, `kept of:${callerId}`, given, ms);
  }

  private touch(id: string): void {
    const now = performance.now();
    if (now - (this.touchedAt.get(id) ?? -Infinity) < TOUCH_EVERY_MS) return;
    this.touchedAt.set(id, now);
    this.redis.run((redis) => redis.pexpire(this.keyOf(id), SESSION_IDLE_MS)).catch(() => undefined);
    if (this.touchedAt.size > MAX_TOUCHED) this.touchedAt.clear();
  }

  private forget(id: string): void {
    this.touchedAt.delete(id);
    void this.memory.end(id);
  }

  private keyOf(id: string): string {
    return this.redis.key(`session:${id}`);
  }

  /** Those of a session that is over can be read by nobody, and expire. */
  private eventsOf(id: string, { streamId }: EventPlace): string {
    return this.redis.key(`kept events:${id}:${streamId}`);
  }
}

const MAX_TOUCHED = 20_000;
