import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { CatalogOperation, CatalogService } from '../../libs/core/src/catalog/catalog-entry.js';

/**
 * Reads `tools.txt`, the tools of a company that has connected everything it uses:
 *
 *     = service | what it is for
 *     tool | title | description | parameters
 *     thing | things | what they are | verbs | parameter of the list      (l, g, c, u, d: one tool for each verb)
 */
export function syntheticServices(): CatalogService[] {
  const text = readFileSync(join(import.meta.dirname, 'tools.txt'), 'utf8');
  return text
    .split(/^= /m)
    .filter((block) => block !== '')
    .map((block) => readService(block.trim().split('\n')));
}

interface Tool {
  name: string;
  title: string;
  description: string;
  parameters: string[];
}

const verbs: Record<string, (thing: string, things: string, about: string, filter: string) => Tool> = {
  l: (_thing, things, about, filter) => ({
    name: `list_${things}`,
    title: `List ${things}`,
    description: `Lists ${things}: ${about}. Answers a page at a time.`,
    parameters: [filter, 'limit', 'cursor'],
  }),
  g: (thing, _things, about) => ({
    name: `get_${thing}`,
    title: `Get one ${thing}`,
    description: `Reads one ${thing} with all its details, of the ${about}.`,
    parameters: ['id'],
  }),
  c: (thing, _things, about, filter) => ({
    name: `create_${thing}`,
    title: `Create a ${thing}`,
    description: `Creates a new ${thing}, one of the ${about}.`,
    parameters: [filter, 'name', 'fields'],
  }),
  u: (thing, _things, about) => ({
    name: `update_${thing}`,
    title: `Change a ${thing}`,
    description: `Changes fields of a ${thing}, one of the ${about}. What is not given stays.`,
    parameters: ['id', 'fields'],
  }),
  d: (thing) => ({
    name: `delete_${thing}`,
    title: `Delete a ${thing}`,
    description: `Deletes a ${thing} for good. This can't be undone.`,
    parameters: ['id'],
  }),
};

const parameterTexts: Record<string, string> = {
  id: 'As a list gives it',
  limit: 'How many at most',
  cursor: 'Where the page before ended',
  name: 'What it is called',
  fields: 'Its other fields by name',
  query: 'What to look for',
  path: 'From the top of the workspace',
};

function readService([head = '', ...lines]: string[]): CatalogService {
  const [name = '', description = ''] = cells(head);
  return {
    name,
    version: '1.0.0',
    description,
    location: 'server',
    operations: lines.flatMap(readLine).map((tool) => operationOf(name, tool)),
    prompts: [],
    status: () => ({ state: 'ready' }),
    pools: () => [],
  };
}

function readLine(line: string): Tool[] {
  const found = cells(line);
  if (found.length === 4) {
    const [name = '', title = '', description = '', parameters = ''] = found;
    return [{ name, title, description, parameters: parameters.split(', ') }];
  }
  const [thing = '', things = '', about = '', which = '', filter = ''] = found;
  return [...which].map((verb) => {
    const tool = verbs[verb]!(thing.replaceAll('_', ' '), things, about, filter);
    return { ...tool, name: tool.name.toLowerCase().replaceAll(/[ -]/g, '_') };
  });
}

function cells(line: string): string[] {
  return line.split('|').map((cell) => cell.trim());
}

function operationOf(service: string, { name, title, description, parameters }: Tool): CatalogOperation {
  const properties = Object.fromEntries(
    parameters.map((each) => [
      each,
      { type: 'string', description: parameterTexts[each] ?? `The ${each} it is about` },
    ]),
  );
  return {
    id: `${service}.${name}`,
    service,
    name,
    tool: `${service}_${name}`,
    title,
    description,
    permission: 'read',
    annotations: { readOnly: false, openWorld: true },
    patterns: [name],
    inputSchema: { type: 'object', properties, required: parameters.slice(0, 1), additionalProperties: false },
    outputSchema: { type: 'object', properties: { result: { type: 'string' } }, required: ['result'] },
    input: z.object({}),
    aliases: [],
    argumentPermission: undefined,
    touches: undefined,
    resolveArguments: undefined,
    verbatim: false,
    backEnd: undefined,
    deadlineMs: undefined,
    forward: undefined,
    run: () => ({}),
    definition: undefined,
  };
}
