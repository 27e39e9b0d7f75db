import type { Memory } from './memories.js';

/** English has about four bytes to a token and other languages fewer, so a budget that is met this way is not overrun. */
const BYTES_PER_TOKEN = 3;

export interface ContextText {
  context: string;
  shown: number;
  leftOut: number;
  tokens: number;
}

/** Writes memories one to a line, in their order; those that don't fit into what is left of the budget are left out. */
export function contextText(memories: readonly Memory[], maxTokens: number): ContextText {
  const lines: string[] = [];
  let bytes = 0;
  for (const { text, updatedAt } of memories) {
    const line = `- ${text.replaceAll(/\s+/g, ' ').trim()} (${updatedAt.slice(0, 10)})\n`;
    const size = Buffer.byteLength(line);
    if (tokensOf(bytes + size) > maxTokens) continue;
    lines.push(line);
    bytes += size;
  }
  return {
    context: lines.join(''),
    shown: lines.length,
    leftOut: memories.length - lines.length,
    tokens: tokensOf(bytes),
  };
}

function tokensOf(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}
