import { describe, expect, it } from 'vitest';
import type { Params } from './messages.js';
import { passedMeta } from './passed-meta.js';
import { metaKeys } from './revisions.js';

const passed = (json: string, level?: 'info') => passedMeta(JSON.parse(json) as Params, level);

describe('what an upstream gets of a request’s _meta', () => {
  it('is all but what belongs to the hop to here', () => {
    const meta = `{"${metaKeys.logLevel}":"debug","mcp-gateway/resultTokens":5,"progressToken":1,"example.org/x":[2]}`;
    expect(JSON.stringify(passed(meta))).toBe('{"progressToken":1,"example.org/x":[2]}');
  });

  it('is nothing where all of it belongs there', () => {
    expect(passed(`{"${metaKeys.protocolVersion}":"2026-07-28","${metaKeys.clientCapabilities}":{}}`)).toBeUndefined();
    expect(JSON.stringify(passed('{}', 'info'))).toBe(`{"${metaKeys.logLevel}":"info"}`);
  });

  it('asks for messages of the level that is wanted here', () => {
    expect(JSON.stringify(passed('{"a":1}', 'info'))).toBe(`{"a":1,"${metaKeys.logLevel}":"info"}`);
  });

  it('brings nothing along by way of __proto__', () => {
    const json = `{"__proto__":{"${metaKeys.clientInfo}":{"name":"another"}}}`;
    expect(passed(json)?.[metaKeys.clientInfo]).toBeUndefined();
    expect(JSON.stringify(passed(json))).toBe(json);
  });
});
