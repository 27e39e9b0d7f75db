import type { ErrorDetails, ErrorKind } from '#libs/kit';
import { ProtocolError } from '../../errors/protocol-error.js';

/** MCP's own codes of 2026-07-28. */
const HEADER_MISMATCH = -32020;
const MISSING_CAPABILITY = -32021;
const UNSUPPORTED_VERSION = -32022;
/** What the session revisions' servers answer for trouble with the transport. */
const TRANSPORT = -32000;
const SESSION_NOT_FOUND = -32001;

const refusal =
  (kind: ErrorKind, status: number, code: number) =>
  (message: string, details: ErrorDetails = {}) =>
    new ProtocolError(kind, message, status, code, details);

export const headerMismatch = refusal('invalid', 400, HEADER_MISMATCH);
export const missingCapability = refusal('invalid', 400, MISSING_CAPABILITY);
export const unsupportedVersion = refusal('invalid', 400, UNSUPPORTED_VERSION);
export const badEnvelope = refusal('invalid', 400, -32602);
export const badRequest = refusal('invalid', 400, TRANSPORT);
export const notAcceptable = refusal('invalid', 406, TRANSPORT);
export const methodNotAllowed = refusal('invalid', 405, TRANSPORT);
/** Also for a session of somebody else: that it is there is nobody's business. */
export const sessionNotFound = () =>
  refusal('unknown', 404, SESSION_NOT_FOUND)('Session not found; send initialize to open a new one');
/** An address below `/mcp` at which there is nothing for this caller. */
export const unknownAddress = refusal('unknown', 404, -32602);
/** In a session the error stands in an answer with status 200; a modern request's has 404. */
export const unknownMethod = (method: string, status: 200 | 404) =>
  refusal('unknown', status, -32601)(`There is no method ${JSON.stringify(method.slice(0, 80))}`);
/** MCP calls the name of a tool that is not there bad params. */
export const unknownTool = refusal('unknown', 200, -32602);
export const badParams = refusal('invalid', 200, -32602);
/** Also for a resource that the caller may not read: that it is there is nobody's business. */
export const unknownResource = (uri: string) =>
  badParams(`There is no resource ${JSON.stringify(uri.slice(0, 200))}`, { uri });
