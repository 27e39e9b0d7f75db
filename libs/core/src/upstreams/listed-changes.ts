import type { ListPart } from './listing.js';

/** Upstreams tell of several changes at once, and some of each. */
const WAIT_MS = 250;

const partsOf = new Map<string, readonly ListPart[]>([
  ['notifications/tools/list_changed', ['tools']],
  ['notifications/resources/list_changed', ['resources', 'resourceTemplates']],
  ['notifications/prompts/list_changed', ['prompts']],
]);

/** Collects what an upstream tells of its lists, and says a moment later which of them have changed. */
export class ListedChanges {
  private readonly changed = new Set<ListPart>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onChanged: (parts: ListPart[]) => void) {}

  take(method: string): void {
    const parts = partsOf.get(method);
    if (!parts) return;
    for (const part of parts) this.changed.add(part);
    this.timer ??= setTimeout(() => this.tell(), WAIT_MS).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tell(): void {
    this.timer = undefined;
    const parts = [...this.changed];
    this.changed.clear();
    this.onChanged(parts);
  }
}
