import { UpstreamError, type Params, type UpstreamConnection } from './connection.js';
import { judgePrompt, judgeResource, judgeResourceTemplate, judgeTool } from './definition-rules.js';
import type { Definition } from './upstream.js';
import { visible } from './text-cleaning.js';

/** Of each kind; what comes after is left out. */
const MAX_LISTED = 1_000;
const MAX_PAGES = 200;
const METHOD_NOT_FOUND = -32601;

const kinds = {
  tools: { capability: 'tools', method: 'tools/list', judge: judgeTool },
  prompts: { capability: 'prompts', method: 'prompts/list', judge: judgePrompt },
  resources: { capability: 'resources', method: 'resources/list', judge: judgeResource },
  resourceTemplates: { capability: 'resources', method: 'resources/templates/list', judge: judgeResourceTemplate },
} as const;

/** What is asked for by itself. */
export type ListPart = keyof typeof kinds;

/** Tools first: nothing that goes wrong with the others is to keep them back. */
export const listParts: readonly ListPart[] = ['tools', 'resources', 'resourceTemplates', 'prompts'];

export interface Listed {
  readonly items: readonly Definition[];
  /** What was left out, and why; for the log. */
  readonly refused: readonly string[];
}

/** All that an upstream lists of a kind, as far as it may be shown. Rejects where it answers an error. */
export async function listAll(kind: ListPart, connection: UpstreamConnection, signal: AbortSignal): Promise<Listed> {
  const { capability, method, judge } = kinds[kind];
  if (!(capability in connection.capabilities)) return { items: [], refused: [] };
  const given = await pages(method, kind, connection, signal);
  const items: Definition[] = [];
  const refused: string[] = [];
  const names = new Set<string>();
  for (const one of given.slice(0, MAX_LISTED)) {
    const judged = judge(one);
    if ('refused' in judged) {
      refused.push(`${nameOf(one)}: ${judged.refused}`);
    } else if (kind === 'tools' && names.has(visible(judged.definition.name))) {
      refused.push(`${nameOf(one)}: another tool has its name`);
    } else {
      names.add(visible(judged.definition.name));
      items.push(judged.definition);
    }
  }
  if (given.length > MAX_LISTED) refused.push(`all after the first ${MAX_LISTED}`);
  return { items, refused };
}

/** What was kept by a version that judged less. */
export function judgedAgain(kind: ListPart, kept: readonly unknown[]): Definition[] {
  return kept.map(kinds[kind].judge).flatMap((judged) => ('refused' in judged ? [] : judged.definition));
}

async function pages(
  method: string,
  member: string,
  connection: UpstreamConnection,
  signal: AbortSignal,
): Promise<unknown[]> {
  const all: unknown[] = [];
  const seen = new Set<unknown>();
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES && all.length <= MAX_LISTED; page += 1) {
    const result = await onePage(method, cursor === undefined ? {} : { cursor }, connection, signal);
    const items = result[member];
    if (Array.isArray(items)) all.push(...(items as unknown[]));
    cursor = result.nextCursor;
    if (typeof cursor !== 'string' || seen.has(cursor)) break;
    seen.add(cursor);
  }
  return all;
}

async function onePage(
  method: string,
  params: Params,
  connection: UpstreamConnection,
  signal: AbortSignal,
): Promise<Params> {
  try {
    return await connection.request(method, params, { signal });
  } catch (error) {
    // some declare more than they have
    if (error instanceof UpstreamError && error.code === METHOD_NOT_FOUND) return {};
    throw error;
  }
}

function nameOf(given: unknown): string {
  const { name } = (given ?? {}) as { name?: unknown };
  return typeof name === 'string' ? JSON.stringify(visible(name).slice(0, 100)) : 'one without a name';
}
