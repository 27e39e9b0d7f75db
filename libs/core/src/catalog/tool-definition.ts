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

/** The same for a tool of ours; of an upstream's what the gateway knows of it. */
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
