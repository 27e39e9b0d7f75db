import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { CatalogOperation, CatalogService } from '../../libs/core/src/catalog/catalog-entry.js';
import { ToolIndex } from '../../libs/core/src/catalog/search/tool-index.js';
import { toolDefinition } from '../../libs/core/src/catalog/tool-definition.js';
import { syntheticServices } from './synthetic-tools.js';

/** How far down the list an agent looks. */
const FIRST = 5;
const SEARCH_TOOLS = ['search_tools', 'describe_tool', 'call_tool'];

interface Miss {
  question: string;
  expected: string;
  found: string[];
}

/** What the search is worth: over 500 synthetic tools and those of the gateway itself. */
export function evaluation() {
  const synthetic = syntheticServices();
  const own = ownServices();
  const index = new ToolIndex();
  index.update([...synthetic, ...own]);

  const questions = JSON.parse(read('questions.json')) as [question: string, tool: string][];
  const misses: Miss[] = [];
  let firsts = 0;
  for (const [question, expected] of questions) {
    const tools = index.search(question, () => true).map(({ operation }) => operation.tool);
    if (tools[0] === expected) firsts += 1;
    const found = tools.slice(0, FIRST);
    if (!found.includes(expected)) misses.push({ question, expected, found });
  }

  const operations = synthetic.flatMap((service) => service.operations);
  const search = own.flatMap((service) => service.operations).filter(({ tool }) => SEARCH_TOOLS.includes(tool));
  const tokens = { search: tokensOf(search), all: tokensOf(operations) };
  return {
    tools: operations.length,
    services: synthetic.length,
    expected: new Set([...synthetic, ...own].flatMap((service) => service.operations.map(({ tool }) => tool))),
    questions,
    misses,
    /** Shares from 0 to 1. */
    hitRate: 1 - misses.length / questions.length,
    firstRate: firsts / questions.length,
    tokens,
    tokenShare: tokens.search / tokens.all,
  };
}

/** The gateway's own operations, as the committed catalog shows them. */
function ownServices(): CatalogService[] {
  const { services } = JSON.parse(read('../snapshots/catalog.json')) as {
    services: (CatalogService & { operations: CatalogOperation[] })[];
  };
  return services.map((service) => ({
    ...service,
    operations: service.operations.map((operation) => ({ ...operation, service: service.name })),
  }));
}

/** As `tools/list` would send them. */
function tokensOf(operations: readonly CatalogOperation[]): number {
  return countTokens(JSON.stringify(operations.map(toolDefinition)));
}

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8');
}
