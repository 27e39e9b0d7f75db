import type { CatalogOperation, ToolDefinition } from './catalog-entry.js';

/**
 * An operation as MCP's `tools/list` shows it (revision 2025-06-18 and later). An upstream's tool is shown as it was
 * defined, but for its name; its `outputSchema` is left out, which a result that is kept within its budget could break.
 */
export function toolDefinition(operation: CatalogOperation): ToolDefinition {
  if (operation.definition) {
    const { outputSchema: _, ...definition } = operation.definition;
    return { ...definition, name: operation.tool };
  }
  return ownDefinition(operation);
}

const texts = new WeakMap<CatalogOperation, string>();

/**
 * `toolDefinition` as JSON, made once: definitions are large, and every client lists all of them. In ASCII, so that a list
 * takes half of the memory that one typographic quote would make it take.
 */
export function toolJson(operation: CatalogOperation): string {
  let text = texts.get(operation);
  if (text === undefined) {
    text = JSON.stringify(toolDefinition(operation)).replace(NOT_ASCII, escaped);
    texts.set(operation, text);
  }
  return text;
}

/** The result of `tools/list`, as JSON, of definitions that are JSON themselves. */
export function toolListJson(definitions: readonly string[]): string {
  return `{"tools":[${definitions.join(',')}]}`;
}

/** The definition of a tool of ours; of an upstream's what the gateway knows of it. */
export function ownDefinition(operation: CatalogOperation) {
  const { readOnly, destructive, idempotent, openWorld } = operation.annotations;
  return {
    name: operation.tool,
    ...(operation.title !== undefined && { title: operation.title }),
    description: operation.description,
    inputSchema: operation.inputSchema,
    outputSchema: operation.outputSchema,
    annotations: {
      ...(readOnly !== undefined && { readOnlyHint: readOnly }),
      ...(destructive !== undefined && { destructiveHint: destructive }),
      ...(idempotent !== undefined && { idempotentHint: idempotent }),
      ...(openWorld !== undefined && { openWorldHint: openWorld }),
    },
  };
}

const NOT_ASCII = /[\u0080-\uffff]/g;

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
