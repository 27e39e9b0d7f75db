import { age } from './age.js';
import { backlog } from './backlog.js';
import { batches } from './batches.js';
import { callers } from './callers.js';
import { httpUpstream } from './http-upstream.js';
import { jsonRpc } from './json-rpc.js';
import { mcpModern } from './mcp-modern.js';
import { mcpSession } from './mcp-session.js';
import { oneConnection } from './one-connection.js';
import { guardedQuery } from './query.js';
import { replicas } from './replicas.js';
import { results } from './results.js';
import { stdioUpstream } from './stdio-upstream.js';
import { tools } from './tools.js';
import { windows } from './windows.js';

/** In the order of the page. */
export const comparisons = [
  ...[jsonRpc, mcpModern, mcpSession, httpUpstream, stdioUpstream, guardedQuery, oneConnection],
  ...[tools, batches, results, callers, windows, age, backlog, replicas],
];
