import { Injectable, Logger } from '@nestjs/common';
import { OperationError, StartError } from '#libs/kit';
import { Redactor } from '../observability/redaction.js';
import { Store } from '../store/store.js';
import { Configuration, type ConfigEntry } from './configuration.js';
import { readSettings } from './read-settings.js';
import { RuntimeConfig } from './runtime-config.js';
import { secretsOf } from './secrets-of-settings.js';
import { isSame, isSameButPassword } from './setting-value.js';

/** Whoever knows more of the values of one key than their form. */
export interface ValueTaker {
  /** Why a value can't be taken over; undefined where it can. */
  refusalOf(value: unknown): string | undefined;
  /** Uses the value of a key that is no runtime setting. Rejects where that can't be now; it is then asked again. */
  use?(value: unknown): Promise<void>;
}

/** How it went with the config file since the start. */
export interface ReloadState {
  /** Why the file as it is now is not in force; null where it is. */
  problem: string | null;
  /** Keys whose new values count from the next start on. */
  needsRestart: string[];
}

/**
 * Takes over a config file, or files of secrets, that have changed: all of it, or nothing where anything in it is wrong.
 */
@Injectable()
export class ConfigReload {
  private readonly logger = new Logger('Configuration');
  private readonly takers = new Map<string, ValueTaker>();
  private readonly toldWarnings: Set<string>;
  private told: ReloadState = { problem: null, needsRestart: [] };
  private isDue = false;
  private lastTurn: Promise<void> = Promise.resolve();

  constructor(
    private readonly configuration: Configuration,
    private readonly runtime: RuntimeConfig,
    private readonly redactor: Redactor,
    store: Store,
  ) {
    this.toldWarnings = new Set(configuration.warnings);
    store.onReady(() => {
      if (this.isDue) void this.reload();
    });
  }

  get state(): ReloadState {
    return this.told;
  }

  /** Whether the same may be taken over with another try: nothing is wrong with what was read. */
  get isToBeTriedAgain(): boolean {
    return this.isDue;
  }

  /** Has the values of a key looked at, and taken over while the gateway runs. */
  take(key: string, taker: ValueTaker): void {
    this.takers.set(key, taker);
  }

  /** Whether a new value of a key is used without a restart. */
  isLive({ key, setting }: ConfigEntry, value: unknown): boolean {
    if (setting.renewable === 'password') return isSameButPassword(this.configuration.entries.get(key)?.value, value);
    return setting.runtime || setting.renewable || this.takers.get(key)?.use !== undefined;
  }

  /** Why a value that was read may not be used; undefined where it may. */
  refusalOf(entry: ConfigEntry): string | undefined {
    return this.runtime.refusalBelow(entry) ?? this.takers.get(entry.key)?.refusalOf(entry.value);
  }

  /** Reads the file anew. What is wrong with it is told once, and what was in force stays so. */
  reload(): Promise<void> {
    this.lastTurn = this.lastTurn.then(() => this.readAnew());
    return this.lastTurn;
  }

  private async readAnew(): Promise<void> {
    this.isDue = false;
    try {
      const read = readSettings([...this.configuration.settings.keys()], this.configuration.environment);
      this.warn(read.warnings);
      await this.takeOver(read);
    } catch (error) {
      if (error instanceof StartError || error instanceof OperationError) {
        this.isDue = error instanceof OperationError && error.kind === 'unavailable';
        this.refuse(error.message);
      } else {
        this.isDue = true;
        this.refuse(
          this.redactor.text(`something broke inside the gateway (${String(error)})`),
          (error as Error).stack,
        );
      }
    }
  }

  private async takeOver(read: Configuration): Promise<void> {
    const changed = differences(this.configuration, read);
    const live = changed.filter((entry) => this.isLive(entry, entry.value));
    const problems = live.flatMap((entry) => {
      const refusal = this.refusalOf(entry);
      return refusal === undefined ? [] : [`${entry.key}: ${refusal}`];
    });
    if (problems.length > 0) throw new StartError(problems.join('; '));

    if (live.some(({ setting }) => setting.secret)) this.redactor.learn(secretsOf(read.settings));
    for (const { key, value } of live) await this.takers.get(key)?.use?.(value);
    await this.runtime.rebase(live);
    if (live.length > 0) this.logger.log(`Taken over from what has changed: ${keysOf(live).join(', ')}`);
    this.tellOfRestart(keysOf(changed.filter((entry) => !live.includes(entry))));
  }

  private tellOfRestart(needsRestart: string[]): void {
    const before = this.told.needsRestart;
    this.told = { problem: null, needsRestart };
    if (needsRestart.length === 0 || needsRestart.join() === before.join()) return;
    this.logger.warn(`Changed, and used from the next start on: ${needsRestart.join(', ')}`);
  }

  private refuse(problem: string, stack?: string): void {
    if (problem === this.told.problem) return;
    this.told = { ...this.told, problem };
    const what = `What has changed in files of the configuration is not taken over, and what was in force stays so: ${problem}`;
    if (stack === undefined) this.logger.error(what);
    else this.logger.error(what, stack);
  }

  private warn(warnings: readonly string[]): void {
    for (const warning of warnings.filter((each) => !this.toldWarnings.has(each))) this.logger.warn(warning);
    for (const warning of warnings) this.toldWarnings.add(warning);
  }
}

/** What was read otherwise than it stands now, and what is there no more, as it is then. */
function differences(now: Configuration, read: Configuration): ConfigEntry[] {
  const changed = [...read.entries.values()].filter((entry) => {
    const before = now.entries.get(entry.key);
    return !before || before.origin !== entry.origin || !isSame(before.value, entry.value);
  });
  const gone = [...now.entries.values()].filter(({ key }) => !read.entries.has(key));
  return [...changed, ...gone.map((entry) => ({ ...entry, value: undefined, given: undefined }))];
}

function keysOf(entries: readonly ConfigEntry[]): string[] {
  return entries.map(({ key }) => key).sort();
}
