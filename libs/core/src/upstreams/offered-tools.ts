import { OperationError } from '#libs/kit';
import { withPlainSchemas } from './definition-shapes.js';
import type { ToolOverride, ToolRules } from './server-entry.js';
import { visible } from './text-cleaning.js';
import type { Pin } from './tool-pins.js';
import type { Definition } from './upstream.js';

interface OfferedTool {
  /** As the upstream knows it. */
  readonly own: Definition;
  readonly shown: Definition;
}

/** The tools of an upstream as callers see them: approved, switched on, under the names that the operator gives them. */
export class OfferedTools {
  readonly definitions: readonly Definition[];
  readonly asking: ReadonlySet<string>;
  private readonly byName: ReadonlyMap<string, OfferedTool>;

  constructor(pins: readonly Pin[], rules: ToolRules) {
    const byName = new Map<string, OfferedTool>();
    const asking = new Set<string>();
    for (const { approved, asks } of pins) {
      const override = overrideOf(approved.name, rules);
      if (override.enabled === false) continue;
      const shown = overridden(approved, override);
      // the first one keeps the name
      if (byName.has(shown.name)) continue;
      byName.set(shown.name, { own: approved, shown });
      if (asks) asking.add(shown.name);
    }
    this.byName = byName;
    this.asking = asking;
    this.definitions = [...byName.values()].map(({ shown }) => shown);
  }

  find(shownName: unknown): OfferedTool | undefined {
    return typeof shownName === 'string' ? this.byName.get(shownName) : undefined;
  }
}

/** What a call is told that names no tool which is offered; `pins` says whether that is only withheld. */
export function notOffered(upstream: string, name: unknown, pins: readonly Pin[]): OperationError {
  const shown = visible(String(name)).slice(0, 100);
  const isWithheld = pins.some(({ tool, pending, listed }) => tool === name && listed && pending !== null);
  if (!isWithheld) return new OperationError('unknown', `The upstream ${upstream} offers no tool ${shown}`);
  return new OperationError(
    'unavailable',
    `The tool ${shown} of the upstream ${upstream} has changed since it was approved. It can be called again when an ` +
      `admin has approved the change at /admin/upstreams/${upstream}/tools`,
    { retryable: false },
  );
}

function overrideOf(tool: string, rules: ToolRules): ToolOverride {
  if (Array.isArray(rules)) return { enabled: rules.includes('*') || rules.includes(tool) };
  return (Object.hasOwn(rules, tool) && rules[tool]) || {};
}

function overridden(definition: Definition, { name, description }: ToolOverride): Definition {
  const shown = { ...withPlainSchemas(definition), name: name ?? visible(definition.name) };
  return description === undefined ? shown : { ...shown, description };
}
