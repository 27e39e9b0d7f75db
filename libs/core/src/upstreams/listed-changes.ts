import type { ListKind } from './offer-keeper.js';

/** Upstreams tell of several changes at once, and some of each. */
const WAIT_MS = 250;

const kindOf = new Map<string, ListKind>([
  ['notifications/tools/list_changed', 'tools'],
  ['notifications/resources/list_changed', 'resources'],
  ['notifications/prompts/list_changed', 'prompts'],
]);

/** Collects what an upstream tells of its lists, and says a moment later which of them have changed. */
export class ListedChanges {
  private readonly changed = new Set<ListKind>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onChanged: (kinds: ListKind[]) => void) {}

  take(method: string): void {
    const kind = kindOf.get(method);
    if (!kind) return;
    this.changed.add(kind);
    this.timer ??= setTimeout(() => this.tell(), WAIT_MS).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tell(): void {
    this.timer = undefined;
    const kinds = [...this.changed];
    this.changed.clear();
    this.onChanged(kinds);
  }
}
