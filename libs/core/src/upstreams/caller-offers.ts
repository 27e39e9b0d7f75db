import type { KeptOffer } from './kept-offer.js';
import type { OfferedTools } from './offered-tools.js';
import type { Definition, UpstreamOffer } from './upstream.js';

/** Of one list of a caller, in characters of JSON; what comes after is left out. */
const MAX_LIST_CHARS = 1024 * 1024;
/** Of all callers together; those that were read longest ago go first, and are read again with the next connection. */
const MAX_CHARS = 64 * 1024 * 1024;

type OwnLists = Partial<Omit<KeptOffer, 'capabilities' | 'serverInfo'>>;

interface CallerOffer {
  /** By their own names; undefined before they were listed. */
  readonly tools: ReadonlySet<string> | undefined;
  readonly lists: OwnLists;
  readonly chars: number;
}

const nothing: CallerOffer = { tools: undefined, lists: {}, chars: 0 };

/**
 * What each caller is offered by an upstream that it uses with an authorization of its own: names and addresses that may
 * tell of its person, so that nobody else is shown them and nothing of them is stored.
 */
export class CallerOffers {
  /** The one that was read longest ago first. */
  private readonly offers = new Map<string, CallerOffer>();
  private chars = 0;

  /** What is kept of a caller is dropped where this was not said of it. */
  begin(callerId: string): void {
    if (!this.offers.has(callerId)) this.offers.set(callerId, nothing);
  }

  forget(callerId: string): void {
    this.chars -= this.offers.get(callerId)?.chars ?? 0;
    this.offers.delete(callerId);
  }

  /** `shared` as a caller sees it, with what its own connection has told. */
  seenBy(callerId: string, shared: UpstreamOffer, offered: OfferedTools): UpstreamOffer {
    const { tools, lists } = this.offers.get(callerId) ?? nothing;
    if (!tools) return { ...shared, ...lists };
    const isOwn = ({ name }: Definition) => tools.has(offered.find(name)?.own.name ?? '');
    return { ...shared, ...lists, tools: shared.tools.filter(isOwn) };
  }

  keep(callerId: string, lists: OwnLists): void {
    const before = this.offers.get(callerId);
    if (before) this.put(callerId, before.tools, { ...before.lists, ...shortened(lists) });
  }

  /** Takes the names of a caller's tools. Answers which of those it had before are nobody's any more. */
  keepTools(callerId: string, names: ReadonlySet<string>): Set<string> {
    const before = this.offers.get(callerId);
    if (!before) return new Set();
    this.put(callerId, names, before.lists);
    const all = [...this.offers.values()];
    return new Set([...(before.tools ?? [])].filter((name) => !all.some(({ tools }) => tools?.has(name) === true)));
  }

  private put(callerId: string, tools: ReadonlySet<string> | undefined, lists: OwnLists): void {
    this.forget(callerId);
    const chars = JSON.stringify([[...(tools ?? [])], lists]).length;
    this.offers.set(callerId, { tools, lists, chars });
    this.chars += chars;
    for (const [other, { chars }] of this.offers) {
      if (this.chars <= MAX_CHARS) return;
      if (chars === 0 || other === callerId) continue;
      this.offers.set(other, nothing);
      this.chars -= chars;
    }
  }
}

function shortened(lists: OwnLists): OwnLists {
  const entries = Object.entries(lists).map(([name, list]) => [name, Array.isArray(list) ? firstOf(list) : list]);
  return Object.fromEntries(entries) as OwnLists;
}

function firstOf(list: readonly unknown[]): unknown[] {
  let chars = 0;
  return list.filter((item) => (chars += JSON.stringify(item).length) <= MAX_LIST_CHARS);
}
