import type { Action, Caller } from './caller.js';

/** A tool in a line, as a search finds it. */
export interface FoundTool {
  /** As it is called. */
  name: string;
  service: string;
  title?: string;
  /** Its first sentence. */
  description: string;
  /** How well it fits; only comparable within one search. */
  score: number;
}

/** All that one needs to call a tool, as MCP's `tools/list` has it, and what it is called elsewhere. */
export interface ToolDescription {
  name: string;
  title?: string;
  description: string;
  inputSchema: Record<string, unknown>;
  outputSchema: Record<string, unknown>;
  annotations: Record<string, boolean>;
  service: string;
  permission: Action;
  slash?: string;
}

/** Finds tools by what they do, among those that a caller may use. Injectable by every service. */
export abstract class ToolSearch {
  /** The tools that fit best, the best first, and how many fit at all. */
  abstract search(query: string, limit: number, caller: Caller): { tools: FoundTool[]; total: number };

  /** Throws `unknown` with near names where the caller may use no such tool. */
  abstract describe(name: string, caller: Caller): ToolDescription;
}
