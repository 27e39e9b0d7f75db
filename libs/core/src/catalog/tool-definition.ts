import type { CatalogOperation } from './catalog-entry.js';

/** An operation as MCP's `tools/list` shows it (revision 2025-06-18 and later). */
export function toolDefinition(operation: CatalogOperation) {
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
