import type { CatalogOperation } from '../../catalog/catalog-entry.js';

interface Described {
  name: string;
  summary: string;
  params?: { name: string; required?: boolean; description?: string; schema: object }[];
  result: string;
}

const text = { type: 'string' };
const object = { type: 'object' };

const methods: Described[] = [
  {
    name: 'mcp.execute',
    summary: 'Runs an operation. Its arguments stand beside service and operation, or in params.',
    params: [
      { name: 'service', required: true, schema: text },
      { name: 'operation', required: true, schema: text },
      { name: 'params', description: 'The arguments, when they are not given beside it', schema: object },
    ],
    result: '{status, data, metadata}',
  },
  {
    name: 'mcp.listServices',
    summary: 'The services that the caller may use, with their operations',
    result: 'catalog',
  },
  {
    name: 'mcp.getService',
    summary: 'One service of the catalog',
    params: [{ name: 'name', required: true, schema: text }],
    result: 'service',
  },
  { name: 'tools/list', summary: 'The operations as MCP tools', result: '{tools}' },
  {
    name: 'tools/call',
    summary: 'Runs an operation by the name of its tool',
    params: [
      { name: 'name', required: true, schema: text },
      { name: 'arguments', schema: object },
    ],
    result: '{content, structuredContent, isError}',
  },
  { name: 'mcp/stats', summary: 'What the gateway has done since its start; needs monitor', result: 'statistics' },
  { name: 'ping', summary: 'Answers an empty object', result: '{}' },
  { name: 'rpc.discover', summary: 'This document', result: 'OpenRPC document' },
];

/** The OpenRPC 1.3 document of the JSON-RPC door, with the operations that the caller may run. */
export function openRpcDocument(version: string, operations: readonly CatalogOperation[]) {
  return {
    openrpc: '1.3.2',
    info: { title: 'MCP Gateway', version, description: 'Operations of every service over JSON-RPC 2.0' },
    methods: methods.map(({ params = [], result, ...method }) => ({
      ...method,
      paramStructure: 'by-name',
      params,
      result: { name: result, schema: object },
    })),
    'x-operations': operations.map(({ service, name, description, inputSchema, outputSchema }) => ({
      service,
      operation: name,
      description,
      inputSchema,
      outputSchema,
    })),
  };
}
