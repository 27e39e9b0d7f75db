import { describe, expect, it } from 'vitest';
import type { CatalogOperation } from './catalog-entry.js';
import { toolDefinition, toolJson, toolListJson } from './tool-definition.js';

describe('the JSON of a tool’s definition', () => {
  it.each(['plain', 'the operator’s “own” …', 'naïve', '漢字', '🚀 and a lone \ud800', 'a " and a \\ and \u2028'])(
    'says the same as the definition where it describes %j',
    (description) => {
      const operation = anOperation(description);
      const json = toolJson(operation);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(toolDefinition(operation))));
      expect(json).toMatch(/^[\x20-\x7e]+$/);
    },
  );

  it('is an element of a list', () => {
    const two = ['one', 'two'].map((each) => toolJson(anOperation(each)));
    expect(JSON.parse(toolListJson(two))).toEqual({ tools: two.map((each) => JSON.parse(each) as unknown) });
    expect(toolListJson([])).toBe('{"tools":[]}');
  });
});

function anOperation(description: string): CatalogOperation {
  const definition = { name: 'say', description, inputSchema: { type: 'object' }, outputSchema: { type: 'object' } };
  return { tool: 'up__say', definition } as unknown as CatalogOperation;
}
