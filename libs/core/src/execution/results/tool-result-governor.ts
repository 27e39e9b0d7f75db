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
 * and what is left stands in one text. Media has a cap of its own, since it costs no tokens of text.
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
    const { content = [], structuredContent, ...rest } = result;
    const { media, tooLarge, words } = this.sorted(content);
    const data = dataOf(words, structuredContent, tooLarge);
    const shaped = await this.governor.shape(data, JSON.stringify(data), operation, caller, budget);
    if (!shaped.truncated) return { ...shaped, json };
    const structured = structuredContent !== undefined && data === structuredContent;
    const governed = {
      ...rest,
      content: [...media, { type: 'text', text: textOf(data, shaped.json) }],
      ...(structured && { structuredContent: JSON.parse(shaped.json) as unknown }),
    };
    return { ...shaped, json: JSON.stringify(governed) };
  }

  /** Media as far as its cap goes, what is over that, and all else as texts. */
  private sorted(content: readonly Block[]) {
    const media: Block[] = [];
    const tooLarge: Block[] = [];
    const words: string[] = [];
    let left = this.settings.maxMediaBytes;
    for (const block of content) {
      const size = mediaSize(block);
      if (size === undefined) words.push(block.type === 'text' ? String(block.text) : JSON.stringify(block));
      else if (size <= left) {
        media.push(block);
        left -= size;
      } else tooLarge.push(block);
    }
    return { media, tooLarge, words };
  }
}

/** Bytes of the base64 of an image, a sound or a binary resource; undefined for what is text. */
function mediaSize(block: Block): number | undefined {
  if (typeof block.data === 'string') return block.data.length;
  const { resource } = block as { resource?: { blob?: unknown } };
  return typeof resource?.blob === 'string' ? resource.blob.length : undefined;
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
  const shown = JSON.parse(json) as Record<string, unknown>;
  const isText = typeof data === 'object' && data !== null && Object.keys(data).join() === 'text';
  return isText ? String(shown.text) : json;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
