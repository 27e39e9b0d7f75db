import { Injectable } from '@nestjs/common';
import type { CatalogOperation } from './catalog-entry.js';
import { RuntimeConfig } from '../config/runtime-config.js';
import { canonical } from './names.js';
import { matcherOf } from './patterns.js';
import { ToolsetSettings } from './toolset.settings.js';

/** A named selection of tools with an MCP address of its own. */
export interface Toolset {
  readonly name: string;
  readonly description: string | undefined;
  /** Names of tools or ids of operations; `*` stands for any letters. */
  readonly tools: readonly string[];
  readonly origin: 'file' | 'admin';
}

/** The toolsets that there are: those of the config file, and those that admins made. */
@Injectable()
export class Toolsets {
  private readonly byName = new Map<string, Toolset>();
  private readonly matchers = new WeakMap<Toolset, RegExp>();
  private readonly listeners = new Set<() => void>();

  private stored: readonly Toolset[] = [];

  constructor(
    private readonly settings: ToolsetSettings,
    config: RuntimeConfig,
  ) {
    this.collect();
    config.onChange((keys) => {
      if (keys.has('toolsets')) this.refresh();
    });
  }

  all(): Toolset[] {
    return [...this.byName.values()];
  }

  find(name: string): Toolset | undefined {
    return this.byName.get(name);
  }

  /** Puts what the store holds in the place of what was known of it. */
  replaceStored(stored: readonly Toolset[]): void {
    this.stored = stored;
    this.refresh();
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  includes(toolset: Toolset, { id, tool }: CatalogOperation): boolean {
    let matcher = this.matchers.get(toolset);
    if (!matcher) {
      matcher = matcherOf(toolset.tools);
      this.matchers.set(toolset, matcher);
    }
    return matcher.test(canonical(tool)) || matcher.test(canonical(id));
  }

  private refresh(): void {
    this.collect();
    for (const listener of this.listeners) listener();
  }

  /** Those of the config come first, also where an admin has made one of the same name. */
  private collect(): void {
    this.byName.clear();
    for (const [name, { tools, description }] of Object.entries(this.settings.toolsets ?? {})) {
      this.byName.set(name, { name, tools, description, origin: 'file' });
    }
    for (const toolset of this.stored) if (!this.byName.has(toolset.name)) this.byName.set(toolset.name, toolset);
  }
}
