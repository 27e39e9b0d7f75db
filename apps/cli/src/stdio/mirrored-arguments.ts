import type { Params } from './messages.js';

interface Tool {
  readonly name?: unknown;
  readonly inputSchema?: unknown;
}

interface Mark {
  readonly header: string;
  readonly path: readonly string[];
}

const PLAIN = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;
const ENCODED = /^=\?base64\?.*\?=$/;

/**
 * Headers that repeat arguments (2026-07-28, Custom Headers): over HTTP a call has to bring those that its tool marks with
 * `x-mcp-header`. Which ones, the lists of tools say that go by.
 */
export class MirroredArguments {
  private readonly marks = new Map<string, readonly Mark[]>();

  learn(tools: unknown): void {
    if (!Array.isArray(tools)) return;
    for (const { name, inputSchema } of tools as Tool[]) {
      if (typeof name === 'string') this.marks.set(name, marksOf(inputSchema));
    }
  }

  headersOf({ name, arguments: given }: Params): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const { header, path } of this.marks.get(String(name)) ?? []) {
      const value = path.reduce<unknown>((inner, member) => (inner as Params | undefined)?.[member], given);
      if (['string', 'number', 'boolean'].includes(typeof value)) headers[header] = encoded(String(value));
    }
    return headers;
  }
}

function marksOf(schema: unknown, above: readonly string[] = []): Mark[] {
  return Object.entries(membersOf(membersOf(schema).properties)).flatMap(([name, member]) => {
    const path = [...above, name];
    const mark = membersOf(member)['x-mcp-header'];
    const inner = marksOf(member, path);
    return typeof mark === 'string' ? [{ header: `Mcp-Param-${mark}`, path }, ...inner] : inner;
  });
}

/** A server's schema may hold anything. */
function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function encoded(text: string): string {
  return PLAIN.test(text) && !ENCODED.test(text) ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
