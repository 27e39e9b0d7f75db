import { Injectable } from '@nestjs/common';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import type { CallOrigin } from '../call-context.js';
import { ResultGovernor, type ShapedResult } from './result-governor.js';
import type { Budget } from './result-work.js';
import { ResultsSettings } from './results.settings.js';

type Block = Readonly<Record<string, unknown>> & { readonly type?: unknown };

/** What a tool of an upstream answers (`CallToolResult` of MCP), member by member. */
export type ToolResult = Readonly<Record<string, unknown>> & {
  readonly content?: readonly Block[];
  readonly structuredContent?: unknown;
  readonly isError?: unknown;
};

const BYTES_PER_CHAR = 3;

/**
 * Keeps what tools of upstreams answer within the budget. Texts and structured content share it; what is over is stored,
 * and what is left stands in one text. Media has a cap of its own, since it costs no tokens of text. What else a result has
 * counts too, and is left out where it is what is over.
 */
@Injectable()
export class ToolResultGovernor {
  constructor(
    private readonly governor: ResultGovernor,
    private readonly settings: ResultsSettings,
  ) {}

  shape(
    result: ToolResult,
    json: string,
    operation: CatalogOperation,
    origin: CallOrigin,
    budget: Budget,
  ): ShapedResult | Promise<ShapedResult> {
    if (origin.ungoverned) return { json };
    const fits = Math.min(budget.tokens, budget.bytes) / 2;
    if (json.length * BYTES_PER_CHAR <= fits) return { json };
    return this.govern(result, json, operation, origin, budget);
  }

  private async govern(
    result: ToolResult,
    json: string,
    operation: CatalogOperation,
    { caller }: CallOrigin,
    budget: Budget,
  ): Promise<ShapedResult> {
    const { content = [], structuredContent, ...members } = result;
    const { media, tooLarge, words, beside } = this.sorted(content, Math.min(budget.tokens, budget.bytes));
    const answer = dataOf(words, structuredContent, tooLarge);
    const other = otherOf(members, beside);
    const data = other ? { answer, other } : answer;
    const shaped = await this.governor.shape(data, JSON.stringify(data), operation, caller, budget);
    if (!shaped.truncated) return { ...shaped, json };
    const shown = other ? partsOf(shaped.json) : { answer: shaped.json };
    const isWhole = shown.other === JSON.stringify(other);
    const structured = structuredContent !== undefined && answer === structuredContent;
    const governed = {
      ...(isWhole ? members : typeof members.isError === 'boolean' && { isError: members.isError }),
      content: [...media, { type: 'text', text: textOf(answer, shown.answer) }],
      ...(structured && { structuredContent: JSON.parse(shown.answer) as unknown }),
    };
    return { ...shaped, json: JSON.stringify(governed) };
  }

  /**
   * Media as far as its cap goes, what is over that, all else as texts, and what texts say beside. What media says beside
   * its data may take `besideMedia` bytes; no upstream puts its words there.
   */
  private sorted(content: readonly Block[], besideMedia: number) {
    const media: Block[] = [];
    const tooLarge: Block[] = [];
    const words: string[] = [];
    const beside: object[] = [];
    let left = this.settings.maxMediaBytes;
    let besideLeft = besideMedia;
    for (const block of content) {
      const data = mediaOf(block);
      if (data !== undefined) {
        const around = Buffer.byteLength(JSON.stringify(block)) - data.length;
        const fits = data.length <= left && around <= besideLeft;
        (fits ? media : tooLarge).push(block);
        if (fits) [left, besideLeft] = [left - data.length, besideLeft - around];
      } else if (block.type === 'text' && typeof block.text === 'string') {
        const { type: _, text, ...more } = block;
        words.push(block.text);
        if (Object.keys(more).length > 0) beside.push(more);
      } else words.push(JSON.stringify(block));
    }
    return { media, tooLarge, words, beside };
  }
}

/**
 * The base64 of an image, a sound or a binary resource; undefined for what is text. By its type: an upstream could call
 * anything media by one more member.
 */
function mediaOf(block: Block): string | undefined {
  if (block.type === 'image' || block.type === 'audio') return asText(block.data);
  const { resource } = block as { resource?: { blob?: unknown; text?: unknown } };
  return block.type === 'resource' && resource?.text === undefined ? asText(resource?.blob) : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What a result has besides its answer, and its texts besides their words; undefined where that is nothing. */
function otherOf({ isError, ...members }: Readonly<Record<string, unknown>>, beside: readonly object[]) {
  const other = {
    ...members,
    ...(typeof isError !== 'boolean' && isError !== undefined && { isError }),
    ...(beside.length > 0 && { besideTexts: beside }),
  };
  return Object.keys(other).length > 0 ? other : undefined;
}

/** An answer and what came with it, after both have been cut; one of which nothing is left is empty. */
function partsOf(json: string): { answer: string; other?: string } {
  const { answer = {}, other } = JSON.parse(json) as { answer?: unknown; other?: unknown };
  return { answer: JSON.stringify(answer), other: JSON.stringify(other) };
}

/** What the governor cuts: whole rows and items where the answer is JSON, else whole lines. */
function dataOf(words: readonly string[], structured: unknown, media: readonly Block[]): unknown {
  const [only] = words;
  if (media.length > 0) {
    return { text: words.join('\n'), ...(structured !== undefined && { structuredContent: structured }), media };
  }
  const said = words.length === 1 && only !== undefined ? parsed(only) : undefined;
  if (structured !== undefined) {
    const same = words.length === 0 || (said !== undefined && JSON.stringify(said) === JSON.stringify(structured));
    return same ? structured : { text: words.join('\n'), structuredContent: structured };
  }
  if (typeof said === 'object' && said !== null) return Array.isArray(said) ? { items: said } : said;
  return { text: words.join('\n') };
}

/** A text stays a text; everything else is JSON. */
function textOf(data: unknown, json: string): string {
  const shown = JSON.parse(json) as { text?: string };
  const isText = typeof data === 'object' && data !== null && Object.keys(data).join() === 'text';
  return isText ? (shown.text ?? '') : json;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
