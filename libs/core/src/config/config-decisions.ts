import type { EntityManager } from 'typeorm';
import { OperationError, type Caller } from '#libs/kit';
import type { ConfigChangeEntity } from '../store/entities/config-change.entity.js';
import { writeChange, type StoredConfig } from './config-store.js';
import type { Configuration } from './configuration.js';
import type { RuntimeValues } from './runtime-values.js';
import { shown } from './setting-value.js';

/** Who changes settings. */
export interface Changer {
  caller: Caller;
  requestId: string;
  /** Throws where the values of these keys would lock the caller out. */
  refuseLockOut(after: ReadonlyMap<string, unknown>): void;
}

export interface Changed {
  changed: Record<string, { from: unknown; to: unknown }>;
  version: number;
}

/** What a transaction decided: the change, and what the store holds when it is committed. */
export interface Decision {
  answer: Changed;
  stored: StoredConfig;
}

/** What becomes of a change that somebody wants, in the transaction in which it is kept. */
export class ConfigDecisions {
  constructor(
    private readonly configuration: Configuration,
    private readonly overlay: RuntimeValues,
  ) {}

  /**
   * Writes a change of some values, null for one that is taken away; undoing is a change too. Throws `invalid` for a value
   * that may not stand, and what `by` throws.
   */
  async decide(
    manager: EntityManager,
    stored: StoredConfig,
    texts: ReadonlyMap<string, string | null>,
    by: Changer,
    undoes: number | null,
  ): Promise<Decision> {
    if (texts.size === 0) return { answer: { changed: {}, version: stored.version }, stored };
    const after = new Map(stored.texts);
    for (const [key, text] of texts) {
      const refusal = text === null ? undefined : this.overlay.refusalOf(key, text);
      if (refusal !== undefined) throw refused(key, refusal);
      if (text === null) after.delete(key);
      else after.set(key, text);
    }
    const entries = [...texts.keys()].flatMap((key) => this.configuration.entries.get(key) ?? []);
    by.refuseLockOut(new Map(entries.map((entry) => [entry.key, this.overlay.valueIn(after, entry)])));

    const changed = Object.fromEntries(
      entries.map((entry) => {
        const [from, to] = [stored.texts, after].map((all) => shown(entry.setting, this.overlay.valueIn(all, entry)));
        return [entry.key, { from, to }];
      }),
    );
    const version = stored.version + 1;
    const change: ConfigChangeEntity = {
      version,
      time: new Date(),
      callerId: by.caller.id,
      callerSubject: by.caller.subject,
      requestId: by.requestId,
      changes: changed,
      before: Object.fromEntries([...texts.keys()].map((key) => [key, stored.texts.get(key) ?? null])),
      undoes,
    };
    await writeChange(manager, change, texts);
    return { answer: { changed, version }, stored: { version, texts: after } };
  }
}

function refused(key: string, expected: string): OperationError {
  return new OperationError('invalid', `${key}: expected ${expected}`, {
    issues: [{ path: key, expected, got: 'another value' }],
  });
}
