import type { RuleName } from './guardrails/text-rule.js';
import type { ShapedResult, Truncation } from './results/result-governor.js';

/** Bytes of JSON that make about one token of an answer; an estimate, since a tokenizer costs as much as a call. */
const BYTES_PER_TOKEN = 4;

/** How a call that succeeded is answered; each door wraps it in its own shape. */
export interface CallResult {
  /** What the operation answered, as JSON. Written once; doors embed it. */
  readonly json: string;
  readonly bytes: number;
  /** Whether it is a result of MCP already, as an upstream's tool answers it. */
  readonly isToolResult: boolean;
  readonly metadata: CallMetadata;
}

export interface CallMetadata extends Marks {
  /** Milliseconds. */
  readonly executionTime: number;
  /** Estimated from bytes; counted where the answer is near its budget. */
  readonly tokensUsed: number;
  readonly requestId: string;
  readonly truncated?: Truncation;
}

/** What a client is told about an answer, so that it can tell data from instructions. */
export interface Marks {
  /** Written by others than the gateway and its operator. */
  readonly origin?: 'outside' | undefined;
  /** Guardrails that changed it. */
  readonly guarded?: readonly RuleName[] | undefined;
}

export function callResult(
  { json, tokens, truncated }: ShapedResult,
  durationMs: number,
  requestId: string,
  isToolResult = false,
  { origin, guarded }: Marks = {},
): CallResult {
  const bytes = Buffer.byteLength(json);
  const metadata: { -readonly [K in keyof CallMetadata]: CallMetadata[K] } = {
    executionTime: Math.round(durationMs * 1_000) / 1_000,
    tokensUsed: tokens ?? Math.ceil(bytes / BYTES_PER_TOKEN),
    requestId,
  };
  // what few answers have is spared the others: a spread of nothing costs too
  if (truncated) metadata.truncated = truncated;
  if (origin) metadata.origin = origin;
  if (guarded) metadata.guarded = guarded;
  return { json, bytes, isToolResult, metadata };
}
