import { Logger } from '@nestjs/common';
import { abortable } from './abortable.js';
import { CallerOffers } from './caller-offers.js';
import type { UpstreamConnection } from './connection.js';
import { MODERN_REVISION } from './handshake.js';
import { introductionOf, nothingKept, type KeptOffer } from './kept-offer.js';
import { judgedAgain, listAll, type Listed, type ListPart } from './listing.js';
import { OfferedTools } from './offered-tools.js';
import type { KeptUpstream, PinStore } from './pin-store.js';
import type { ToolRules } from './server-entry.js';
import { ToolPins, type Pin } from './tool-pins.js';
import type { Definition, UpstreamOffer } from './upstream.js';

const LIST_MS = 60_000;

export type ListKind = 'tools' | 'resources' | 'prompts';

export const listKinds: readonly ListKind[] = ['tools', 'resources', 'prompts'];

/** What became of an approval: there was nothing to approve, or another definition than the one that was named. */
type Approval = 'approved' | 'unchanged' | 'another';

interface KeeperOptions {
  readonly name: string;
  readonly rules: ToolRules;
  readonly store: PinStore;
  /** Whether each caller has a connection of its own, and so what is offered to it alone. */
  readonly isOfCallers: boolean;
  /** What callers see of a kind is another than before. */
  onChange(kind: ListKind): void;
}

/** What one upstream offers: asked for when it is reached, judged, pinned, and kept for the next start. */
export class OfferKeeper {
  readonly pins = new ToolPins();
  /** Tools that are known to ask their client, by their own names. Whoever learns of one adds it. */
  readonly asking = new Set<string>();
  readonly callers: CallerOffers | undefined;
  private readonly logger: Logger;
  private kept: KeptOffer = nothingKept;
  /** Listed only to clients that can be asked. */
  private hidden: readonly Definition[] = [];
  private listed: readonly Definition[] = [];
  private offered: OfferedTools;
  private current: UpstreamOffer;
  private askingTold = 0;

  constructor(private readonly options: KeeperOptions) {
    this.logger = new Logger(`Upstream ${options.name}`);
    this.callers = options.isOfCallers ? new CallerOffers() : undefined;
    this.offered = new OfferedTools([], options.rules);
    this.current = this.compose();
  }

  get offer(): UpstreamOffer {
    return this.current;
  }

  /** As one caller sees it. */
  offerTo(callerId: string): UpstreamOffer {
    return this.callers?.seenBy(callerId, this.current, this.offered) ?? this.current;
  }

  get tools(): OfferedTools {
    return this.offered;
  }

  /** For whoever takes the place of this one. */
  known(): KeptUpstream {
    return { pins: [...this.pins.all()], offer: this.kept };
  }

  /** Takes over what is known of the upstream. */
  adopt({ pins, offer }: KeptUpstream): void {
    const { name, store } = this.options;
    // what may be shown no more stays pinned
    const unknown = this.pins.adopt(
      pins.map((pin) => {
        const isGood = judgedAgain('tools', [pin.pending ?? pin.approved]).length > 0;
        return isGood ? pin : { ...pin, listed: false };
      }),
    );
    store.renewWaiting(name, this.pins.all());
    store.keepPins(name, unknown);
    store.dropPins(name, this.pins.takeForgotten());
    const asking = this.pins.all().filter(({ asks }) => asks);
    for (const { tool } of asking) this.asking.add(tool);
    // until they are asked for again
    if (this.hidden.length === 0) {
      this.hidden = asking.filter(({ listed }) => listed).map(({ approved, pending: now }) => now ?? approved);
    }
    if (offer && this.kept === nothingKept) this.adoptOffer(offer);
    this.refresh(listKinds);
  }

  /** Asks an upstream for one of its lists. Rejects where it does not answer. `callerId` is whose connection it is. */
  async list(part: ListPart, connection: UpstreamConnection, callerId: string | undefined): Promise<void> {
    const items = this.taken(await listAll(part, connection, AbortSignal.timeout(LIST_MS)));
    if (this.callers) {
      if (callerId !== undefined) this.keepOfCaller(this.callers, callerId, part, items, connection);
      return;
    }
    // a server of this revision lists the same to all
    if (connection.revision === MODERN_REVISION) this.hidden = [];
    if (part === 'tools') this.seeTools(items, this.hidden);
    this.keep({ ...this.kept, ...introductionOf(connection), ...(part !== 'tools' && { [part]: items }) });
    this.refresh([kindOf(part)]);
  }

  /** Asks for the tools once more, as a client that can be asked for everything sees them. Rejects when `ending` aborts. */
  async listAsking(connection: UpstreamConnection, ending: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([AbortSignal.timeout(LIST_MS), ending]);
    const { items } = await abortable(listAll('tools', connection, signal), signal);
    const known = new Set(this.listed.map(({ name }) => name));
    this.hidden = items.filter(({ name }) => !known.has(name));
    for (const { name } of this.hidden) this.asking.add(name);
    this.seeTools(this.listed, this.hidden);
    this.refresh(['tools']);
  }

  /** To be called when `asking` may have grown. */
  noteAsking(): void {
    if (this.asking.size === this.askingTold) return;
    this.options.store.keepPins(this.options.name, this.pins.markAsking(this.asking));
    this.refresh(['tools']);
  }

  /**
   * Approves what a tool has become; with `hash` only where that is the definition it stands for. Rejects with
   * `unavailable` where the store is away.
   */
  async approve(tool: string, hash?: string): Promise<Approval> {
    const { name, store } = this.options;
    const pin = this.pins.get(tool);
    if (!pin?.pending) return 'unchanged';
    const approved = this.pins.approved(pin);
    if (hash !== undefined && hash !== approved.hash) return 'another';
    await store.savePin(name, approved);
    const now = this.pins.approve(approved);
    if (now.pending) store.keepPins(name, [now]);
    this.refresh(['tools']);
    return 'approved';
  }

  /** Tools are pinned and called by their names, whoever lists them; all else is for nobody but the caller. */
  private keepOfCaller(
    callers: CallerOffers,
    callerId: string,
    part: ListPart,
    items: readonly Definition[],
    connection: UpstreamConnection,
  ): void {
    const { instructions, ...introduction } = introductionOf(connection);
    this.keep({ ...this.kept, ...introduction });
    callers.keep(callerId, {
      ...(instructions !== undefined && { instructions }),
      ...(part !== 'tools' && { [part]: items }),
    });
    if (part !== 'tools') {
      this.options.onChange(kindOf(part));
      return;
    }
    const gone = callers.keepTools(callerId, new Set(items.map(({ name }) => name)));
    this.keepPins(() => this.pins.seeOfCaller(items, gone, this.asking));
    this.refresh(['tools']);
  }

  private adoptOffer(offer: KeptOffer): void {
    const { instructions, ...introduction } = introductionOf(offer);
    // it may have been kept before each caller authorized it for itself
    if (this.callers) this.keep({ ...nothingKept, ...introduction });
    else {
      this.kept = {
        ...introduction,
        resources: judgedAgain('resources', offer.resources),
        resourceTemplates: judgedAgain('resourceTemplates', offer.resourceTemplates),
        prompts: judgedAgain('prompts', offer.prompts),
        ...(instructions !== undefined && { instructions }),
      };
    }
  }

  private taken({ items, refused }: Listed): readonly Definition[] {
    for (const reason of refused) this.logger.warn(`Left out of its list: ${reason}`);
    return items;
  }

  private keep(offer: KeptOffer): void {
    if (JSON.stringify(offer) !== JSON.stringify(this.kept)) this.options.store.keepOffer(this.options.name, offer);
    this.kept = offer;
  }

  private seeTools(listed: readonly Definition[], hidden: readonly Definition[]): void {
    const names = new Set(listed.map(({ name }) => name));
    this.listed = listed;
    this.keepPins(() => this.pins.see([...listed, ...hidden.filter(({ name }) => !names.has(name))], this.asking));
  }

  /** Has the pins see a list and keeps what is another by it. */
  private keepPins(see: () => readonly Pin[]): void {
    const before = new Set(this.pins.all().flatMap(({ tool, pending }) => (pending ? tool : [])));
    const changed = see();
    this.options.store.keepPins(this.options.name, changed);
    this.options.store.dropPins(this.options.name, this.pins.takeForgotten());
    for (const { tool, pending } of changed) {
      if (!pending || before.has(tool)) continue;
      this.logger.warn(`The definition of its tool ${tool} has changed; it is withheld until an admin approves it`);
    }
  }

  private refresh(kinds: readonly ListKind[]): void {
    const before = this.current;
    if (kinds.includes('tools')) {
      this.offered = new OfferedTools(this.pins.offered(), this.options.rules);
      this.askingTold = this.asking.size;
    }
    this.current = this.compose();
    for (const kind of kinds) {
      if (shown(before, kind) !== shown(this.current, kind)) this.options.onChange(kind);
    }
  }

  private compose(): UpstreamOffer {
    const { instructions, ...kept } = this.kept;
    return { ...kept, instructions, tools: this.offered.definitions, asking: this.offered.asking };
  }
}

function kindOf(part: ListPart): ListKind {
  return part === 'resourceTemplates' ? 'resources' : part;
}

function shown({ tools, asking, resources, resourceTemplates, prompts }: UpstreamOffer, kind: ListKind): string {
  switch (kind) {
    case 'tools':
      return JSON.stringify([tools, [...asking]]);
    case 'resources':
      return JSON.stringify([resources, resourceTemplates]);
    case 'prompts':
      return JSON.stringify(prompts);
  }
}
