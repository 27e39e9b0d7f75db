import type { z } from 'zod';
import type {
  Action,
  Caller,
  McpServiceOptions,
  OperationAnnotations,
  PoolReport,
  PromptMessage,
  ServiceStatus,
  ToolCall,
} from '#libs/kit';
import type { CallContext } from '../execution/call-context.js';
import type { Guarded } from '../access/permissions.js';

export type JsonSchema = Record<string, unknown>;

/** A tool of an upstream as that defined it: shown to MCP's clients member by member. */
export type ToolDefinition = Readonly<Record<string, unknown>>;

/** An operation as the gateway knows it: its declaration, made ready to be listed and called. */
export interface CatalogOperation extends Guarded {
  readonly id: string;
  readonly service: string;
  readonly name: string;
  /** Other names for `name`; callable, never listed. */
  readonly aliases: readonly string[];
  /** MCP tool name. */
  readonly tool: string;
  readonly title: string | undefined;
  readonly description: string;
  readonly permission: Action;
  readonly annotations: OperationAnnotations;
  /** Slash patterns, without `/mcp-<service>`. */
  readonly patterns: readonly string[];
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
  /** Compiled; refuses unknown members. */
  readonly input: { safeParse(given: unknown): z.ZodSafeParseResult<Record<string, unknown>> };
  /** The arguments as the service understands them, for rules that look at them. */
  readonly resolveArguments: ((input: Record<string, unknown>) => Record<string, unknown>) | undefined;
  readonly argumentPermission: ((input: Record<string, unknown>) => Action | undefined) | undefined;
  /** What a call would change, in words for the person who is asked about it. */
  readonly touches: ((input: Record<string, unknown>) => readonly string[]) | undefined;
  /** Names the back end that this input will reach, for its circuit breaker. */
  readonly backEnd: ((input: Record<string, unknown>) => string | undefined) | undefined;
  /** Nothing that hides is taken out of its answers. */
  readonly verbatim: boolean;
  /** Longer than the gateway's own deadline, where the operation asks for that. */
  readonly deadlineMs: number | undefined;
  /** Where it only passes calls on: which tool is called instead. */
  readonly forward: ((input: Record<string, unknown>) => ToolCall) | undefined;
  readonly run: (input: Record<string, unknown>, context: CallContext) => unknown;
  /** Of an upstream's tool, whose `run` answers a result of MCP (`content`, `structuredContent`, `isError`). */
  readonly definition: ToolDefinition | undefined;
}

export interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** What it may be, where that is a choice; else empty. */
  readonly values: readonly string[];
}

/** A prompt as the gateway knows it. */
export interface CatalogPrompt {
  /** As clients see it: `postgres_explore`. */
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
  /** Refuses unknown members. */
  readonly input: z.ZodType<Record<string, unknown>>;
  readonly run: (
    input: Record<string, unknown>,
    context: { caller: Caller },
  ) => PromptMessage[] | Promise<PromptMessage[]>;
}

export interface CatalogService {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly location: McpServiceOptions['location'] | 'upstream';
  /** As a `data:` address. */
  readonly icon?: string;
  readonly operations: readonly CatalogOperation[];
  readonly prompts: readonly CatalogPrompt[];
  readonly status: () => ServiceStatus;
  /** The connections that it keeps; none for most. */
  readonly pools: () => readonly PoolReport[];
}
