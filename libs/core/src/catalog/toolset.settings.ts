import { z } from 'zod';
import { setting, settings, value } from '#libs/kit';

/** Names of tools or ids of operations, with `*` for any letters; few enough stars for a quick match. */
export const toolPattern = z
  .string()
  .regex(/^[\w.*/-]{1,128}$/)
  .refine((pattern) => pattern.split('*').length <= 4, 'at most three *');

export const toolsetName = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/)
  .max(64);

export const toolset = z.strictObject({
  tools: z.array(toolPattern).min(1).max(500),
  description: z.string().max(1_000).optional(),
});

export class ToolsetSettings extends settings({
  toolsets: setting(
    'MCP_TOOLSETS',
    value.json(
      z.record(toolsetName, toolset),
      'toolsets as JSON: {"<name>": {"tools": ["postgres_*", "github.list-issues"], "description"}}',
    ),
    {
      description: 'Selections of tools, each with the address /mcp/toolsets/<name>, as JSON',
      key: 'toolsets',
      runtime: true,
    },
  ),
}) {}
