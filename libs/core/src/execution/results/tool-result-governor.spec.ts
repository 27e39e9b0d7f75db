import { expect, it } from 'vitest';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import type { CallOrigin } from '../call-context.js';
import { ResultGovernor } from './result-governor.js';
import type { ResultStore } from './result-store.js';
import type { ResultThread } from './result-thread.js';
import type { ResultsSettings } from './results.settings.js';
import { ToolResultGovernor, type ToolResult } from './tool-result-governor.js';

const BUDGET = { tokens: 8_000, bytes: 65_536 };
const MEDIA_BYTES = 100_000;
const operation = { id: 'up.tool', outputSchema: {} } as CatalogOperation;
const origin = { caller: { id: 'agent' } } as CallOrigin;

// each byte counts as a token, as where the thread can't count
const thread = { shape: () => Promise.reject(new Error('no thread')) } as unknown as ResultThread;
const store = { keep: () => Promise.resolve(true) } as unknown as ResultStore;
const results = new ResultGovernor(thread, store);
Object.assign(results, { logger: { error: () => undefined } });
const governor = new ToolResultGovernor(results, { maxMediaBytes: MEDIA_BYTES } as ResultsSettings);

async function governed(result: ToolResult) {
  const given = JSON.stringify(result);
  const { json, truncated } = await governor.shape(result, given, operation, origin, BUDGET);
  return { given, json, truncated, result: JSON.parse(json) as Record<string, unknown> & { content: object[] } };
}

const text = (bytes: number) => 'words and more\n'.repeat(Math.ceil(bytes / 15)).slice(0, bytes);
const image = (bytes: number, more = {}) => ({
  type: 'image',
  data: 'a'.repeat(bytes),
  mimeType: 'image/png',
  ...more,
});

it.each<[string, ToolResult]>([
  ['a text with `data`', { content: [{ type: 'text', text: text(300_000), data: '' }] }],
  ['a text with a blob', { content: [{ type: 'text', text: text(300_000), resource: { blob: '' } }] }],
  [
    'a text of a resource that has a blob',
    { content: [{ type: 'resource', resource: { text: text(300_000), blob: '' } }] },
  ],
  ['what stands beside a text', { content: [{ type: 'text', text: 'short', data: text(300_000) }] }],
  ['what is no text in its place', { content: [{ type: 'text', text: { words: text(300_000) } }] }],
  ['a block of an unknown type', { content: [{ type: 'film', data: text(300_000) }] }],
  ['what stands beside an image', { content: [image(10, { alt: text(90_000) })] }],
  ['what stands beside many images', { content: Array.from({ length: 90 }, () => image(0, { alt: text(1_000) })) }],
  ['`_meta`', { content: [{ type: 'text', text: 'short' }], _meta: { more: text(300_000) } }],
  ['a member of its own', { content: [{ type: 'text', text: 'short' }], more: [text(300_000)] }],
  ['an error that is no yes or no', { content: [], isError: text(300_000) }],
  ['a structure', { content: [], structuredContent: { rows: [text(300_000)] }, _meta: { a: 1 } }],
])('counts %s', async (_what, result) => {
  const { json, truncated } = await governed(result);
  expect(truncated).toBeDefined();
  expect(Buffer.byteLength(json)).toBeLessThan(2 * BUDGET.tokens);
});

it.each<[string, ToolResult]>([
  [
    'words and all that came with them',
    { content: [{ type: 'text', text: text(5_000), x: 1 }], _meta: { a: 'b' }, y: [] },
  ],
  ['images up to their cap', { content: [image(MEDIA_BYTES / 2), image(MEDIA_BYTES / 2)], _meta: { a: 'b' } }],
  ['a binary resource', { content: [{ type: 'resource', resource: { uri: 'x://y', blob: 'a'.repeat(50_000) } }] }],
  ['a sound', { content: [{ type: 'audio', data: 'a'.repeat(50_000), mimeType: 'audio/wav' }], isError: true }],
])('leaves %s as they are within the budget', async (_what, result) => {
  const { given, json, truncated } = await governed(result);
  expect([json === given, truncated]).toEqual([true, undefined]);
});

it('keeps what comes with a text that is cut, and says how much of that is shown', async () => {
  const _meta = { 'a/b': { c: 1 } };
  const { result, truncated } = await governed({
    content: [image(9), { type: 'text', text: text(60_000) }],
    _meta,
    isError: false,
  });
  expect(result).toMatchObject({ content: [image(9), { type: 'text' }], _meta, isError: false });
  expect((result.content[1] as { text: string }).text).toMatch(/^(words and more\n)+$/);
  expect(truncated).toMatchObject({ unit: 'lines', total: 4_000 });
});

it('leaves out what is too much beside an answer, and keeps the answer', async () => {
  const rows = [{ id: 1 }, { id: 2 }];
  const content = [{ type: 'text', text: JSON.stringify({ rows }) }];
  const { result, truncated } = await governed({
    content,
    structuredContent: { rows },
    isError: false,
    _meta: { more: text(300_000) },
  });
  expect(result).toEqual({ content, structuredContent: { rows }, isError: false });
  expect(truncated).toMatchObject({ resultId: expect.stringMatching(/^res_/), unit: 'lines' });
});
