import type { IncomingHttpHeaders } from 'node:http';
import { argumentTexts } from '../../upstreams/header-values.js';
import { decodeHeaderValue } from './inbound.js';
import { headerMismatch } from './mcp-refusal.js';
import type { Params } from './messages.js';

/**
 * Holds `Mcp-Param-*` to the arguments that a tool's schema marks with `x-mcp-header` (2026-07-28, Custom Headers): what
 * stands before the gateway may have let the call pass because of them.
 */
export function checkArgumentHeaders(headers: IncomingHttpHeaders, inputSchema: Params, input: Params): void {
  for (const [header, text] of argumentTexts(inputSchema, input)) {
    const sent = headers[header];
    if (sent === undefined && text !== undefined) throw headerMismatch(`The header ${header} is missing`);
    if (sent === undefined) continue;
    if (typeof sent !== 'string' || decodeHeaderValue(sent.trim()) !== text) {
      throw headerMismatch(`The header ${header} differs from the argument that it repeats`);
    }
  }
}
