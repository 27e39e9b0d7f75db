import type { Toolset, Toolsets } from '../../catalog/toolsets.js';
import { unknownAddress } from './mcp-refusal.js';

/** Throws 404 where there is no toolset at the address. */
export function toolsetAt(toolsets: Toolsets, name: string): Toolset {
  const toolset = toolsets.find(name);
  if (!toolset) throw unknownAddress(`There is no toolset ${JSON.stringify(name)}`);
  return toolset;
}
