import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { written } from './snippets.js';

const called = {
  origin: 'http://127.0.0.1:8100',
  service: 'postgres',
  operation: 'query',
  tool: 'postgres_query',
  arguments: { query: `SELECT 'it''s'; -- $(id) \`id\` "x"` },
};

it('a call for curl comes out of a shell as it went in', () => {
  const echo = written('curl', called).replace(/^curl -s/, 'printf "%s\\n"');
  const lines = execFileSync('/bin/sh', ['-c', echo], { env: { MCP_KEY: 'the key' }, encoding: 'utf8' }).split('\n');
  expect(lines[0]).toBe('http://127.0.0.1:8100/api/services/postgres/query');
  expect(lines).toContain('X-MCP-Key: the key');
  expect(JSON.parse(lines[lines.indexOf('-d') + 1]!)).toEqual(called.arguments);
});

it('a call as JSON-RPC is one', () => {
  expect(JSON.parse(written('rpc', called))).toEqual({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'postgres_query', arguments: called.arguments },
  });
});

it('a slash command has its arguments as JSON, and none where there are none', () => {
  expect(written('slash', { ...called, arguments: {} })).toBe('/mcp-postgres query');
  expect(written('slash', { ...called, arguments: { limit: 5 } })).toBe('/mcp-postgres query {"limit":5}');
});
