import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { RuntimeConfig } from '../config/runtime-config.js';
import { SecretKey } from '../store/secret-key.js';
import { Store } from '../store/store.js';
import { StoreSettings } from '../store/store.settings.js';
import { ReplicaId } from './replica-id.js';

/** How often a replica says which secrets it knows, and while one of them is not in force yet. */
const BEAT_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 1_000;
/** Silence after which a replica is not waited for: one that lost the database for longer reads its files all the same. */
const GONE_AFTER_S = 45;
/** What was begun under the secret before is written by then: a statement may take 15 s. */
const SETTLED_MS = 20_000;
/** What saying goodbye may take. */
const LEAVE_MS = 1_000;

/**
 * Brings another MCP_SECRET_KEY into force. Each replica says in the store which secrets it knows; all is made under the
 * newest that every one of them knows, so that none ever meets what it can't open. What is older is made anew then.
 */
@Injectable()
export class SecretRollover implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Secrets');
  private timer: NodeJS.Timeout | undefined;
  private settling: NodeJS.Timeout | undefined;
  private stopped = false;
  private told = '';
  private lastTurn: Promise<void> = Promise.resolve();

  constructor(
    config: RuntimeConfig,
    private readonly settings: StoreSettings,
    private readonly secretKey: SecretKey,
    private readonly store: Store,
    private readonly id: ReplicaId,
  ) {
    secretKey.holdBack();
    store.onReady(() => this.agree());
    config.onChange((changed) => {
      if (changed.has('security.secretKey') || changed.has('store.secretKeyPrevious')) this.take();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.settling);
    const leaving = this.lastTurn.then(() =>
      this.store.run((manager) => manager.query('DELETE FROM known_secrets WHERE replica = $1', [this.id.text])),
    );
    await Promise.race([leaving.catch(() => undefined), sleep(LEAVE_MS, undefined, { ref: false })]);
  }

  private take(): void {
    const { secretKey, secretKeyPrevious } = this.settings;
    this.secretKey.take(secretKey, secretKeyPrevious);
    void this.look();
  }

  private async look(): Promise<void> {
    try {
      await this.agree();
    } catch (error) {
      // the store has it done when it is back
      this.logger.debug(String(error));
    }
  }

  private agree(): Promise<void> {
    const turn = this.lastTurn.then(() => this.agreeNow());
    this.lastTurn = turn.catch(() => undefined);
    return turn.finally(() => this.lookAgain());
  }

  private async agreeNow(): Promise<void> {
    if (this.stopped) return;
    const { ids } = this.secretKey;
    const others = await this.tellAndHear(ids);
    const known = ids.find((id) => others.every((each) => each.includes(id)));
    const isNew = known !== undefined && known !== this.secretKey.currentId;
    this.tellOfWaiting(others.filter((each) => !each.includes(ids[0] ?? '')).length);
    if (!isNew) return;
    this.logger.log('Another MCP_SECRET_KEY is in force: what is under an older one is made anew');
    this.settling ??= setTimeout(() => this.settle(), SETTLED_MS).unref();
    await this.secretKey.enforce(known);
  }

  /** What the others know. First it is told, then asked: of two that do so at once, one at least hears of the other. */
  private tellAndHear(ids: readonly string[]): Promise<string[][]> {
    return this.store.run(async (manager) => {
      await manager.query(
        `INSERT INTO known_secrets VALUES ($1, $2, now())
         ON CONFLICT (replica) DO UPDATE SET ids = excluded.ids, seen_at = excluded.seen_at`,
        [this.id.text, ids],
      );
      const gone = `seen_at < now() - interval '${GONE_AFTER_S} seconds'`;
      await manager.query(`DELETE FROM known_secrets WHERE ${gone}`);
      const rows = await manager.query<{ ids: string[] }[]>('SELECT ids FROM known_secrets WHERE replica <> $1', [
        this.id.text,
      ]);
      return rows.map((row) => row.ids);
    });
  }

  private tellOfWaiting(count: number): void {
    const told = count === 0 ? '' : `The new MCP_SECRET_KEY comes into force when ${count} more replicas know it`;
    if (told !== this.told && told !== '') this.logger.warn(told);
    this.told = told;
  }

  private lookAgain(): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    const ms = this.secretKey.isNewestInForce ? BEAT_EVERY_MS : LOOK_EVERY_MS;
    this.timer = setTimeout(() => void this.look(), ms).unref();
  }

  /** Once more, for what was on its way into the store under the secret before. */
  private settle(): void {
    this.settling = undefined;
    this.secretKey.renew().catch((error: unknown) => this.logger.debug(String(error)));
  }
}
