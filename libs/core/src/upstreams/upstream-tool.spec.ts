import { describe, expect, it } from 'vitest';
import type { CallContext } from '../execution/call-context.js';
import { operationOf } from './upstream-tool.js';
import type { Upstream } from './upstream.js';

const context = { caller: { id: 'somebody' }, cancellation: new AbortController().signal } as unknown as CallContext;

/** Calls a tool of an upstream that answers with `result`. */
function called(result: unknown) {
  const upstream = {
    name: 'wiki',
    timeoutMs: undefined,
    request: () => Promise.resolve(result),
  } as unknown as Upstream;
  const operation = operationOf(upstream, { name: 'read', inputSchema: { type: 'object' } }, (said) => said);
  return operation.run({}, context);
}

describe('what an upstream answers to a call', () => {
  it.each([
    ['a text', 'text'],
    ['a number', 3],
    ['nothing', null],
    ['a list', []],
    ['content that is a number', { content: 5 }],
    ['content that is a text', { content: 'there', isError: true }],
    ['content of nothing', { content: [null] }],
  ])('is no result: %s', async (_, result) => {
    await expect(called(result)).rejects.toMatchObject({
      kind: 'failed',
      message: 'The upstream wiki answered with something that is no result of MCP',
    });
  });

  it('is handed on without what its server says null of', async () => {
    const content = [{ type: 'text', text: 'there' }];
    expect(await called({ content, isError: null, structuredContent: null })).toEqual({ content });
    expect(await called({ content: null })).toEqual({});
  });

  it('is handed on without what 2026-07-28 adds to it', async () => {
    const content = [{ type: 'text', text: 'there' }];
    expect(await called({ content, resultType: 'complete', ttlMs: 5 })).toEqual({ content });
  });
});
