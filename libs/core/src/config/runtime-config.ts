import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { StartError } from '#libs/kit';
import { AccessSettings } from '../access/access.settings.js';
import { conflict } from '../errors/protocol-error.js';
import { LiveEvents } from '../observability/live/live-events.js';
import { StoreChanges } from '../replicas/store-changes.js';
import type { ConfigChangeEntity } from '../store/entities/config-change.entity.js';
import { OneAtATime } from '../store/one-at-a-time.js';
import { Store } from '../store/store.js';
import { ConfigDecisions, type Changed, type Changer, type Decision } from './config-decisions.js';
import { lastStanding, listChanges, lockChanges, readStored, type StoredConfig } from './config-store.js';
import { ManagedConfig } from './managed-config.js';
import { Configuration, type ConfigEntry, type ValueOrigin } from './configuration.js';
import { RuntimeValues } from './runtime-values.js';
import { shown } from './setting-value.js';

/** Who changes what the config file says, where callers are named. */
const FILE = 'file';

/** A setting as it is now, and what that was read from. */
export interface EntryInForce {
  entry: ConfigEntry;
  value: unknown;
  given: unknown;
  origin: ValueOrigin;
}

/** Runs work in one transaction of the store. */
export type Transact = (work: (manager: EntityManager) => Promise<void>) => Promise<unknown>;

/**
 * The settings that change while the gateway runs. They are kept in the store; the members of the injected settings
 * objects are replaced when a change is committed, so whoever reads them there always has the current ones.
 */
@Injectable()
export class RuntimeConfig {
  private readonly logger = new Logger('Configuration');
  private current: StoredConfig = { version: 0, texts: new Map() };
  private readonly overlay: RuntimeValues;
  private readonly decisions: ConfigDecisions;
  private readonly listeners = new Set<(keys: ReadonlySet<string>) => void>();
  /** Each change is decided by what the one before has left. */
  private readonly turns = new OneAtATime();

  constructor(
    private readonly configuration: Configuration,
    access: AccessSettings,
    private readonly store: Store,
    private readonly live: LiveEvents,
    private readonly managed: ManagedConfig,
    private readonly changes: StoreChanges,
  ) {
    this.overlay = new RuntimeValues(configuration, access);
    this.decisions = new ConfigDecisions(configuration, this.overlay);
    changes.follow('configuration', () => this.load());
  }

  /**
   * Takes over what the store holds, whenever it comes up. A value that can't be used any more is left out with a warning;
   * where that would open something, it throws a StartError with `mayRefuse`, and otherwise shuts it.
   */
  load(mayRefuse = false): Promise<void> {
    return this.turns.run(async () => {
      const stored = await this.store.run(readStored);
      if (this.managed.byFile) {
        this.leaveOut(stored);
        return;
      }
      this.overlay.leaveOutUnusable(stored.texts, (key, why) => this.tellUnusable(key, why, mayRefuse));
      this.apply(stored);
    });
  }

  /** Has stored values of a key looked at by whoever knows more of them than their form. */
  review(key: string, refusalOf: (value: unknown) => string | undefined): void {
    this.overlay.review(key, refusalOf);
  }

  private tellUnusable(key: string, why: string, mayRefuse: boolean): void {
    if (this.configuration.entries.get(key)?.setting.closed === undefined) {
      this.logger.warn(`The runtime value of ${key} is left out: ${why}`);
      return;
    }
    const problem = `The stored value of ${key} can't be used, and without it something would be open that it shuts: ${why}`;
    if (mayRefuse) {
      throw new StartError(
        `${problem}. Start the version that wrote it and change it there, or start with MCP_CONFIG_MANAGED=file to go by the config file alone.`,
      );
    }
    this.logger.error(`${problem}. Until it is changed, all that it could shut is shut`);
  }

  /** Where the file alone decides, what was changed before stays in the store, unused. */
  private leaveOut({ version, texts }: StoredConfig): void {
    if (texts.size > 0) {
      const keys = [...texts.keys()].sort().join(', ');
      this.logger.warn(`MCP_CONFIG_MANAGED=file: the runtime values of ${keys} are not used`);
    }
    this.apply({ version, texts: new Map() });
  }

  get version(): number {
    return this.current.version;
  }

  /** Tells which keys have other values now. */
  onChange(listener: (keys: ReadonlySet<string>) => void): void {
    this.listeners.add(listener);
  }

  /** Why a value may not stand below the runtime changes; undefined where it may. */
  refusalBelow(entry: Pick<ConfigEntry, 'key' | 'value'>): string | undefined {
    return this.overlay.refusalBelow(entry);
  }

  /** Takes over what was read anew; a runtime change goes before it as before. */
  rebase(entries: readonly ConfigEntry[]): Promise<void> {
    return this.turns.run(async () => {
      const changed: Changed['changed'] = {};
      for (const read of entries) {
        const entry = this.configuration.rebase(read);
        if (!entry || this.isOverlaid(entry.key)) continue;
        const { key, setting, holder, member } = entry;
        changed[key] = { from: shown(setting, holder[member]), to: shown(setting, entry.value) };
        holder[member] = entry.value;
      }
      const keys = new Set(Object.keys(changed));
      if (keys.size > 0) this.live.publish('config', { changed, version: this.version, caller: FILE });
      this.tell(keys);
    });
  }

  /** Every setting, by key. */
  inForce(): EntryInForce[] {
    const entries = [...this.configuration.entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return entries.map((entry) => {
      const isOverlaid = this.isOverlaid(entry.key);
      return {
        entry,
        value: entry.holder[entry.member],
        given: isOverlaid ? this.current.texts.get(entry.key) : entry.given,
        origin: isOverlaid ? 'runtime' : entry.origin,
      };
    });
  }

  /** Every setting with its value, as people may see it. */
  values() {
    return Object.fromEntries(
      this.inForce().map(({ entry: { key, variable, setting }, value, origin }) => [
        key,
        {
          value: shown(setting, value),
          origin,
          runtime: setting.runtime,
          variable,
          description: setting.description,
        },
      ]),
    );
  }

  /**
   * Changes all of the values or none; null takes a runtime value away. Throws `invalid` for values that may not stand,
   * and `unavailable` where the store can't be reached.
   */
  change(wanted: ReadonlyMap<string, string | null>, by: Changer, transact = this.transact): Promise<Changed> {
    return this.commit(transact, by, async (manager) => {
      const stored = await readStored(manager);
      const texts = [...wanted].filter(([key, text]) => this.overlay.differs(key, text, stored.texts));
      return this.decisions.decide(manager, stored, new Map(texts), by, null);
    });
  }

  /** Takes back the newest change that was not taken back yet. Throws a conflict where there is none. */
  undo(by: Changer): Promise<Changed> {
    return this.commit(this.transact, by, async (manager) => {
      const stored = await readStored(manager);
      const last = await lastStanding(manager);
      if (!last) throw conflict('There is no change left to undo');
      return this.decisions.decide(manager, stored, new Map(Object.entries(last.before)), by, last.version);
    });
  }

  /** Changes below a version, newest first. */
  history(count: number, before?: number): Promise<ConfigChangeEntity[]> {
    return this.store.run((manager) => listChanges(manager, count, before));
  }

  private readonly transact: Transact = (work) => this.store.run((manager) => manager.transaction(work));

  private commit(
    transact: Transact,
    by: Changer,
    decide: (manager: EntityManager) => Promise<Decision>,
  ): Promise<Changed> {
    return this.turns.run(async () => {
      const decision = await this.changes.make('configuration', async () => {
        let decided: Decision | undefined;
        await transact(async (manager) => {
          await lockChanges(manager);
          decided = await decide(manager);
        });
        return decided;
      });
      if (!decision) throw new Error('The transaction ended without a decision');
      const { answer, stored } = decision;
      this.apply(stored);
      const keys = Object.keys(answer.changed).join(', ');
      if (keys) {
        this.logger.log(`Version ${answer.version} by ${by.caller.id}, request ${by.requestId}: ${keys}`);
        this.live.publish('config', { ...answer, caller: by.caller.id });
      }
      return answer;
    });
  }

  private isOverlaid(key: string): boolean {
    return this.overlay.isOverlaid(key, this.current.texts);
  }

  /** A value that stayed the same keeps its identity, by which others see that it did. */
  private apply(stored: StoredConfig): void {
    const changed = new Set<string>();
    for (const key of new Set([...this.current.texts.keys(), ...stored.texts.keys()])) {
      const entry = this.configuration.entries.get(key);
      if (!entry || this.current.texts.get(key) === stored.texts.get(key)) continue;
      entry.holder[entry.member] = this.overlay.valueIn(stored.texts, entry);
      changed.add(key);
    }
    this.current = stored;
    this.tell(changed);
  }

  private tell(changed: ReadonlySet<string>): void {
    if (changed.size > 0) for (const listener of this.listeners) listener(changed);
  }
}
