import type { AccessSettings } from '../access/access.settings.js';
import { anyOriginRefusal } from '../edge/any-origin.js';
import type { Configuration, ConfigEntry } from './configuration.js';
import { isSame, parseText, type Parsed } from './setting-value.js';

type Texts = ReadonlyMap<string, string>;

/** What a value that is read must be; undefined where it may stand. */
type Refusal = string | undefined;

/** Which texts may be runtime values, and what they stand for. */
export class RuntimeValues {
  /** Stored texts that were found to be unusable, by key. */
  private unusable: Texts = new Map();
  private readonly reviews = new Map<string, (value: unknown) => Refusal>();

  constructor(
    private readonly configuration: Configuration,
    private readonly access: AccessSettings,
  ) {}

  /** Has stored values of a key looked at by whoever knows more of them than their form. */
  review(key: string, refusalOf: (value: unknown) => Refusal): void {
    this.reviews.set(key, refusalOf);
  }

  /** Finds the stored texts that can't be used, and leaves them out from now on; `tell` hears of each. */
  leaveOutUnusable(texts: Texts, tell: (key: string, why: string) => void): void {
    const unusable = new Map<string, string>();
    for (const [key, text] of texts) {
      const refusal = this.refusalOfStored(key, text);
      if (refusal === undefined) continue;
      tell(key, refusal);
      unusable.set(key, text);
    }
    this.unusable = unusable;
  }

  /** Why a value may not stand below the runtime changes. */
  refusalBelow({ key, value }: Pick<ConfigEntry, 'key' | 'value'>): Refusal {
    if (key !== 'security.allowedOrigins') return undefined;
    return anyOriginRefusal(value as readonly string[] | undefined, this.access);
  }

  refusalOf(key: string, text: string): Refusal {
    const parsed = this.parse(key, text);
    return parsed.ok ? undefined : parsed.expected;
  }

  /** Of a setting, with these runtime texts. */
  valueIn(texts: Texts, { key, value, setting }: ConfigEntry): unknown {
    const text = texts.get(key);
    if (text === undefined) return value;
    const parsed = this.unusable.get(key) === text ? undefined : this.parse(key, text);
    if (parsed?.ok) return parsed.value;
    const closed = setting.closed === undefined ? undefined : parseText(setting, setting.closed);
    return closed?.ok ? closed.value : value;
  }

  /** Whether a wanted text would change anything; null takes the runtime value away. */
  differs(key: string, text: string | null, texts: Texts): boolean {
    const entry = this.configuration.entries.get(key);
    if (!entry || text === null) return texts.has(key);
    const parsed = parseText(entry.setting, text);
    return !parsed.ok || !isSame(parsed.value, this.valueIn(texts, entry));
  }

  /** Whether a key has its value from these texts, and not from what is configured. */
  isOverlaid(key: string, texts: Texts): boolean {
    const text = texts.get(key);
    if (text === undefined) return false;
    return this.parse(key, text).ok || this.configuration.entries.get(key)?.setting.closed !== undefined;
  }

  private refusalOfStored(key: string, text: string): Refusal {
    const parsed = this.parse(key, text);
    return parsed.ok ? this.reviews.get(key)?.(parsed.value) : parsed.expected;
  }

  /** Reads a runtime value, with the rules that need more than the value to judge it. */
  private parse(key: string, text: string): Parsed {
    const entry = this.configuration.entries.get(key);
    if (!entry?.setting.runtime) return { ok: false, expected: 'a setting that may change while the gateway runs' };
    const parsed = parseText(entry.setting, text);
    if (!parsed.ok) return parsed;
    const refusal = this.refusalBelow({ key, value: parsed.value });
    return refusal === undefined ? parsed : { ok: false, expected: refusal };
  }
}
